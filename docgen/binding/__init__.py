"""Volumes: which sheets stand where, under which number, and the PDF/A file they become."""
