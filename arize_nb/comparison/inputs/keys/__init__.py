"""Which columns pair the rows of several tables."""
