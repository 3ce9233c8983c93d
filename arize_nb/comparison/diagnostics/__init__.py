"""Whether the numbers can be believed."""
