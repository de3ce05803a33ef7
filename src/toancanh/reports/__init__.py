"""Reports: what is told."""
