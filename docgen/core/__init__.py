"""What every room shares: findings, errors, files, digests, progress, executors, the clock.

Standard library only, so that the archive and signing rooms stay light.
"""
