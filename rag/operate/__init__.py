"""Keeping the service going: `backup` and `restore` of all that is written, `replay` of what was answered.

`archive` is the one file that a backup is, `databases` copies SQLite files that are in use.
"""
