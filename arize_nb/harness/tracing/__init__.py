"""Spans out, model calls in."""
