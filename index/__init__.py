"""Documents in, searchable clauses out.

read -> clean -> describe -> split -> (tokens, encoder) -> sparse, dense -> store
"""
