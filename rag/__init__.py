"""A question in, a cited and checked answer out.

question (understand) -> retrieval (search, sieve, rank, doubt) -> extraction | generation -> checking -> answer;
structure answers what names its own place, explanation says how it came about, page shows it.
"""
