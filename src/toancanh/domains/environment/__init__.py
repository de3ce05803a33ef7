"""Environment: what automatic stations measure of the air."""
