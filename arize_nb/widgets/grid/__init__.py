"""The table of any length."""
