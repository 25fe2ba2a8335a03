"""Earlier conversations of the visitor."""
