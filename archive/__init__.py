"""The archive room: bags, media, copies, audits and the register of what lies where.

Knows nothing of schools or of what is inside a signature: the caller hands files, plain
descriptions and a callback wherever something has to be signed. Layout and protocol: archive.md.
"""
