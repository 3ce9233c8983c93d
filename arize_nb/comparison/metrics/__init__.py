"""What is compared: metrics, what a run came to under each, and the pairs."""
