"""One line: the session, variables, groups of options, values."""
