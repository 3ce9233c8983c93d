"""Choose a space, a dataset, experiments."""
