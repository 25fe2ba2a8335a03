"""What is kept of the work, in one SQLite file: conversations, feedback, and the audit of every question.

`records.Records` has the three; `store` opens the file, `keep` puts a finished turn into it, `restore` reads an answer back.
"""
