"""Finding: views of the clauses, the sieve, the ranker, and how sure it is of the first."""
