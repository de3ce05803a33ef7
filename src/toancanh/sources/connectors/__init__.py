"""Connectors: the code that fetches from a kind of source, or is told by it. One module per kind."""
