"""One DuckDB file with one writer."""
