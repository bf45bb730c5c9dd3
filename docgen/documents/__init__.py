"""What stands on paper: one module per document, pure functions from the journal to sheets."""
