"""A file a noun: parse, one call, return."""
