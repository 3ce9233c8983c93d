"""Arrow Flight: bulk reads and writes."""
