"""Metrics of other tools -> evaluators: a file a tool, each with `recognises` and `adapt`; nothing here
imports a tool.
"""
