"""What a question names and wants: places, years, documents, subjects, the kind of answer, its parts."""
