"""Results on disk before they count."""
