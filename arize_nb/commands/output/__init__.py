"""Where a value goes: table, JSON, CSV, Parquet, HTML, Markdown."""
