"""Runs and examples as tables."""
