"""Config: settings and wiring, no logic."""
