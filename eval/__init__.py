"""Golden questions in, citation accuracy out.

golden -> run -> metrics -> table
"""
