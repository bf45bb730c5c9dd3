"""The commands: each parses, calls one pipeline function and prints its report. No logic."""
