"""How much is let in: the line of questions, and requests a minute."""
