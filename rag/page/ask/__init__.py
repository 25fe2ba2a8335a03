"""问答: questions and their answers."""
