"""Label runs; answers are safe on disk before they are sent."""
