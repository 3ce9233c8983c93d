"""Widgets for a notebook: pick, look through, compare and label; nothing is imported until a
widget is used.
"""
