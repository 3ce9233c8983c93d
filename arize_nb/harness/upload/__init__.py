"""Each run sent exactly once."""
