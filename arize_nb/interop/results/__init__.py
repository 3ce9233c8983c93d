"""Results of other tools -> experiments: a file a tool, each with `recognises` and `read`; `reading.read`
finds the right one.
"""
