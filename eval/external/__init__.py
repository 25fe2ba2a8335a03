"""Public question sets that a user can download: each module reads one set, asks its questions and scores the answers.

`python -m eval external NAME PATH`; where to get them and what is measured: eval/README.md.
"""
