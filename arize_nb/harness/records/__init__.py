"""One run as data, bytes and rows."""
