"""What the templates are written with."""
