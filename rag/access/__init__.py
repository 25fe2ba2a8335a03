"""Who may use the page: users, passwords, lockout, sessions, all in one SQLite file of the records folder.

A log-in goes gate -> lockout -> users, passwords -> sessions; `service` speaks HTTP for it and `page` only sees the visitor.
All that depends on time is given a clock.
"""
