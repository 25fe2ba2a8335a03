"""Readers, one a format: the bytes of a file -> its source text, one paragraph a line.

A table is a run of lines that begin with \\x1e and part their cells with \\x1f; a line \\x1d parts two tables. Beware
that str.strip, str.split, splitlines and \\s take these separators for blanks.
"""
