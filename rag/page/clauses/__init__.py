"""条款检索: clauses found without an answer."""
