"""Ways to run the default encoder, by speed and by what they find: what `index/e5_graph.py` chose from.

graphs, runtimes: the ways; ways -> compare: all of them side by side (`python -m eval encoders`).
"""
