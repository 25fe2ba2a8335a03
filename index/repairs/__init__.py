"""index/repairs: one kind of damage a file, each a function text -> text that leaves sound text alone.

No repair adds or drops a line break, and none touches \\x1d, \\x1e and \\x1f, which mark tables:
line i of the cleaned text is line i of the source. Each looks first, cheaply, whether there is anything to do.
"""
