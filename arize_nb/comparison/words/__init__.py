"""How examples and rows are called in sentences."""
