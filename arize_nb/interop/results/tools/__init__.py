"""A file a tool: `recognises` its results, and `read`s them."""
