"""Read all rows, whole or an error."""
