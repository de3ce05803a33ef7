"""Alerts: what is wrong."""
