"""Settings a new workspace starts with, all of them the school's to edit, and words on mistakes."""
