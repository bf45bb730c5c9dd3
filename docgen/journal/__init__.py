"""The journal: its data, its store, its input formats and its checks."""
