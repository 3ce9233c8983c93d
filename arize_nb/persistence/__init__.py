"""What must survive: files written whole, the data directory, journals."""
