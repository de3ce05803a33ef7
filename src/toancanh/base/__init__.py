"""Base: what all floors stand on. Home folder, clock, text, numbers, problems, audit log, events, outbox, checks."""
