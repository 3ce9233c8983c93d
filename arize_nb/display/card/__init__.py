"""A comparison as a card of characters: the sentence, a line a metric with its interval, slices, examples."""
