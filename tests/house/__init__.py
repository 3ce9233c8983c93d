"""The guard of the house: what the code's layout is measured by, the budget that holds it, the snapshots that
moves must keep.
"""
