"""Tab in a shell and in a notebook: words and live names."""
