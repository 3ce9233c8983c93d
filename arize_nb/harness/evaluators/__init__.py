"""Evaluators, and what they return."""
