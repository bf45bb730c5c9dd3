"""How documents get on paper: templates, blanks with slots, fonts and line breaking."""
