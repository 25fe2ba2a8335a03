"""Embedding over many machines: the texts of many files go into the table of vectors, and a build then finds them there.

stages: what each machine does, as a build does it; machines: Ray Data, which hands it out (`python -m index.bulk`).
"""
