"""Screens: what is seen. Overview, boards, pages, HTTP API."""
