"""Other ways to find evidence, each behind one shape: a question in, the pieces of text it would be answered from out.

langchain_peer, llama_peer, haystack_peer   what other libraries do out of the box, with our encoder
own                                         one view of ours alone, and ours as it is
chunk -> score                              a piece of text as a slice of a document, and what its clauses get
"""
