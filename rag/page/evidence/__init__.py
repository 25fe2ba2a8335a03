"""依据条款: the cards beside an answer."""
