"""Metadata, lists and tags."""
