"""Effects, verdicts and tables."""
