"""One column: Python values, JSON cells, scores, Arrow and NumPy types."""
