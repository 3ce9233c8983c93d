"""REST: a file of routes a resource."""
