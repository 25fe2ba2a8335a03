"""What was looked at and how long it took, for people."""
