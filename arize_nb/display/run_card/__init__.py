"""What a run of an experiment came to, as one card: how many runs, each metric with its interval, what failed
and why, what to type next.
"""
