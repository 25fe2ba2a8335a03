"""What people take away: citations, answers and clauses in the forms that offices use.

`reference` writes a citation, `docx`, `markdown` and `plain` an answer or a conversation, `tables` clauses as
CSV and xlsx. Each takes the types of `rag.types` and returns text or bytes; none knows the page or the service.
"""
