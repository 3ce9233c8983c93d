"""Run items under limits."""
