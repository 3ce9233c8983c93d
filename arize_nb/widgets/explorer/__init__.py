"""A comparison down to one example."""
