"""Compare experiments example by example."""
