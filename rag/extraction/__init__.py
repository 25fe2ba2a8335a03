"""Reading an answer out of the clauses found, without a language model."""
