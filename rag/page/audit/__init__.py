"""审计: who asked what, and what was told."""
