"""What simulated systems of any domain share: a clock, a pace, faults, a port to watch them by. No domain itself."""
