"""What every test of the warehouse needs: a home of its own and the record types of the tests."""

import letters  # noqa: F401 - makes the record types known
