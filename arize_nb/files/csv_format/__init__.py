"""CSV and its kin: which dialect, where rows and cells are, reading, writing."""
