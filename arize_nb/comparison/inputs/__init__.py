"""Anything comparable -> named sources whose columns have their roles: files, frames, tables, and what their
columns say.
"""
