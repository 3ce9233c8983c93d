"""The statistics of a comparison: pure functions of numbers, each with its formula and source."""
