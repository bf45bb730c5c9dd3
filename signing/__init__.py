"""Signatures over files: making, checking, reporting. Knows nothing of schools.

The form is a detached CAdES-BES signature (ETSI EN 319 122-1) beside the file: `volume.pdf.p7s`.
"""
