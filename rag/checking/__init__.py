"""What is shown is checked first: numbers, places, senses and quotes against the clause that is cited."""
