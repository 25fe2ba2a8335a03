"""The commands of `python -m eval`, one a file: each has `register`, and imports what is heavy only when it runs."""
