"""Measured promises: each file measures one, beside a floor measured in the same run. Run `python -m bench`."""
