"""Other tools' results and metrics, without importing the tools."""
