"""How values look: text for consoles, static escaped HTML for notebooks."""
