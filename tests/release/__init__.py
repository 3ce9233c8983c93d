"""Building a release and judging it: `make build`, `make test-wheel` (docs/releasing.md)."""
