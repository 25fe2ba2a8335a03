"""Clause search without an answer: words, filters and figures in; the clauses that hold them out.

    words.py    what was typed -> terms (figure.py: 200-500元)      table.py    all clauses of an index, laid out once
    match.py    terms -> which clauses hold them, and how well       filters.py  filters, and how many clauses each choice has
    order.py    relevance, document order, date, figure size         near.py     the nearest by meaning, of those that do not
    marks.py    what is marked in a clause, and its excerpt          find.py     all of it: find_clauses, all_matches
    address.py  a query as the parameters of a web address

It knows nothing of the page.
"""
