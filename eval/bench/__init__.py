"""What a system costs beside others: time to build and to answer, memory and disk, at several sizes (`python -m eval bench`).

copies -> place: documents at a size, and the folder they are kept in; systems: ours and the others;
child: one process that is measured; run -> table, plot: all of them side by side.
"""
