"""The runs of each experiment, aligned and read a column at a time."""
