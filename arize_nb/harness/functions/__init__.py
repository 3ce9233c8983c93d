"""The functions of the user, bound and called."""
