"""A question in, a cited and checked answer out.

understand -> search -> answer (extract | generate) -> cite
"""
