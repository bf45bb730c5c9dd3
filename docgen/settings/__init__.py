"""Settings a new workspace starts with: school, norms, retention; all of them the school's to edit."""
