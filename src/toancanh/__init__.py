"""Toàn Cảnh: the open operations centre of a Vietnamese province."""
