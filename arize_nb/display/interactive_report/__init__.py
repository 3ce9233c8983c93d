"""A comparison as a page that filters and searches its examples by itself, without a kernel or a network."""
