"""Writing an answer with a language model, bound to the clauses given."""
