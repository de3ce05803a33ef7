"""Dossiers: applications for administrative procedures, from receipt to result."""
