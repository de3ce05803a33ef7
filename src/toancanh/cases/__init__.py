"""Cases: who acts, by when."""
