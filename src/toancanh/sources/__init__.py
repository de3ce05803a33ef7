"""Sources: how data comes in. Connectors, loads, quarantine, freshness."""
