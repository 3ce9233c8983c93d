"""What a task returned, as JSON values."""
