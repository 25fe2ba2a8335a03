"""Damaged text -> plain simplified Chinese, by rules that hold for any document.

Each repair (index/repairs) returns its text and is recorded on the document only if it changed something.
None adds or drops a line break: line i of the cleaned text is line i of the source.
"""

from __future__ import annotations

from collections.abc import Callable

from index.repairs.breaks import line_spans as line_spans
from index.repairs.breaks import unify_breaks
from index.repairs.digits import restore_digits
from index.repairs.glyphs import unify_glyphs
from index.repairs.invisible import remove_invisible
from index.repairs.markup import remove_markup
from index.repairs.mojibake import has_mojibake, undo_mojibake
from index.repairs.punctuation import remove_doubled_marks
from index.repairs.readings import remove_readings
from index.repairs.script import to_simplified as to_simplified
from index.repairs.slips import repair_gbk_slips
from index.repairs.spacing import join_letters, unify_spaces
from index.repairs.watermarks import remove_keywords, remove_watermarks
from index.repairs.width import narrow

# Bytes first, while they are all there; then what hides characters; then the characters; the script last,
# when nothing is left in the text that is not its own.
_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("统一换行", unify_breaks),
    ("复原乱码", undo_mojibake),
    ("复原错位的GBK字节", repair_gbk_slips),
    ("去除网页代码", remove_markup),
    ("去除不可见字符", remove_invisible),
    ("复原部首和兼容字", unify_glyphs),
    ("全角字母数字转半角", narrow),
    ("合并拆散的字", join_letters),
    ("统一空格", unify_spaces),
    ("去除夹注拼音", remove_readings),
    ("去除重复标点", remove_doubled_marks),
    ("复原误写的数字", restore_digits),
    ("去除水印网址", remove_watermarks),
    ("去除关键词堆砌", remove_keywords),
    ("繁体转简体", to_simplified),
)
_UNKNOWN = "部分乱码无法复原"
_ROUNDS = 4  # one repair can uncover the damage of another: a zero-width space inside &nbsp;


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the repaired text, and the names of the steps that changed it; cleaning it again changes nothing."""
    done: dict[str, None] = {}
    for _ in range(_ROUNDS):
        before = text
        for name, step in _STEPS:
            repaired = step(text)
            if repaired != text:
                done[name] = None
            text = repaired
        if text == before:
            break
    names = [name for name, _ in _STEPS if name in done]
    return text, tuple(names + [_UNKNOWN] * has_mojibake(text))
