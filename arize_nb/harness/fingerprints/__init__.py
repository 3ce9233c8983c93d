"""What a callable is, by everything that it reaches."""
