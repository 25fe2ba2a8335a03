"""From a question to its answer: refuse or compose, in parts where there are several."""
