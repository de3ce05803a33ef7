"""`python -m toancanh` is the command `toancanh`."""

from toancanh.cli import main

main()
