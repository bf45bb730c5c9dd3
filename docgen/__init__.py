"""School records from journal files to paper, signatures and a verified archive."""

__version__ = "0.1.0"
