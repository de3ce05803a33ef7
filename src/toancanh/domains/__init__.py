"""Domains: the fields of government; each only declares."""
