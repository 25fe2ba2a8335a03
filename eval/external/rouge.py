"""ROUGE-L: how much of a text follows a reference, in order (Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries").

With L the length of the longest common subsequence of the characters, blanks left out:
R = L / |reference|, P = L / |text|, F = 2PR / (P + R). Lin weighs R by beta; here, as in the tables of LawBench, beta is 1.
Characters, not words: a score then depends on no dictionary. (LawBench cuts with jieba: about the same order, not the same number.)
"""

from __future__ import annotations


def rouge_l(text: str, reference: str) -> float:
    """Return F, from 0 to 1; 0 if one of the two is empty."""
    from rapidfuzz.distance import LCSseq

    said, wanted = "".join(text.split()), "".join(reference.split())
    if not said or not wanted:
        return 0.0
    return 2 * LCSseq.similarity(said, wanted) / (len(said) + len(wanted))
