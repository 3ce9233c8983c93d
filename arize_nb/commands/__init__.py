"""The click tree, a file per noun: parse, one call, return a value. No IPython here."""
