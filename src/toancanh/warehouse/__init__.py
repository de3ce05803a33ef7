"""Warehouse: where records rest. Record types, exactly-once append, reading, rollups."""
