"""A comparison as one card of static HTML: sentence, metric rows with intervals, panels, worst examples."""
