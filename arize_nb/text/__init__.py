"""How text reads: what is told next, and what is made visible."""
