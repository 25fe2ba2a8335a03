"""Questions that may follow an answer, made from its clause and those beside it, each answered before it is shown."""
