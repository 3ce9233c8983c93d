"""Check, then send: whole or not at all."""
