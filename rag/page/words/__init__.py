"""The words of the interface in the visitor's language."""
