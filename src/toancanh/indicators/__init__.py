"""Indicators: what is measured. Catalogue, computing, figures, targets, provenance."""
