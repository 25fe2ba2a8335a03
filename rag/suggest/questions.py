"""Questions that a clause can answer, made of its own words: its figures, its dates, its departments, its first sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.figures import find_figures
from index.types import Clause, Document, Figure

_VERBS_FILE = Path(__file__).parent.parent / "data" / "opening_verbs.tsv"
# Texts keep their punctuation as it was typed, wide or not; one for one, so that offsets stay.
_WIDE = str.maketrans(dict(zip("，；：！？（）．", ",;:!?().", strict=True)))
_NUMBER = re.compile(
    r"^\s*(?:\(?[一二三四五六七八九十百\d]+[)、.](?!\d)|第[一二三四五六七八九十百千\d]+[条款项章节]|\d+(?:\.\d+)*(?=\s))\s*"
)
_PIECE = re.compile(r"(?:(?<=\d),(?=\d{3})|[^,;:。!?()“”\"\n])+")
_OPENS = re.compile(
    r"^(?:其中|以及|并且|而且|同时|此外|另外|确保|力争|争取|努力|原则上|进一步|逐步|继续|切实|积极|要求|对于|关于|对|将|把|并|且|使|要|应当|应|须|即|及)+"
)
_BOUND = re.compile(
    r"(?:不低于|不少于|不高于|不超过|不得低于|不得超过|不得少于|至少|最高|最多|最低|超过|低于|高于|约|近|为)+$"
)
_AFTER = re.compile(r"(?:以上|以下|以内|以外|左右|多|余)+$")
_DIGITS = re.compile(r"[0-9０-９]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:\s*[-—–~～至到]+\s*[0-9]+(?:\.[0-9]+)?)?")
_DAY = re.compile(r"月|底|初|末")
_LEADS_DATE = re.compile(r"(?:于|在|自|从|到|至|截至|截止|力争|确保)+$")
_DONE_BY = re.compile(r"(?:以?前|之前|起)+$")
_POINTS = re.compile(
    r"上述|下列|以下|如下|该|本款|本条|前款|其他|其它|^这|此项|左右$|^不|^但|^如|第[一二三四五六七八九十百\d]+[条款项]|规定的$"
    r"|^[条款项与和及限]|^仅限"
)
_SENTENCE = re.compile(r"应当|应由|应该|必须|不得|可以|[由是为]")  # says something, and is no title of what follows
_OWN = re.compile(r"^(?:我们|我|本|全)(?:自治区|省|市|县|区|旗|州|盟)")
# A first sentence that names what follows it: 工作目标。到2015年…; or whose duties follow.
_NAMES_MATTER = re.compile(
    r"(?:目标|指标|原则|任务|内容|范围|条件|对象|标准|程序|方式|思想|思路|要求|时间|期限|依据|定义)$"
)
_NAMES_BODY = re.compile(r"(?:组|办公室|委|委员会|局|指挥部|中心|部门|职责)$")
_LEAST, _LONGEST = 4, 34  # characters of what is asked about
_LEAD = 24  # characters of a first sentence that is a title of what follows
_TITLE = 26  # characters of a document's title that may stand in a question


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, what it asks for, the clause it was made from, and words one of which its answer must hold."""

    text: str
    kind: str  # figure | question | departments | subject
    clause: Clause
    needs: tuple[str, ...] = ()


def questions_of(clause: Clause) -> Iterator[Candidate]:
    """Yield the questions that may be asked of a clause, the most definite first."""
    of = _place_of(clause.doc)
    if not of:
        return
    yield from (Candidate(f"{of}{asked}?", "figure", clause, (figure,)) for asked, figure in _of_figures(clause))
    lead = lead_of(clause)
    if lead.endswith("?"):
        yield Candidate(f"{of}{_OWN.sub('', lead)}", "question", clause)
    elif _NAMES_MATTER.search(lead) and not lead.startswith(_verbs()):
        yield Candidate(f"{of}的{lead}是什么?", "subject", clause)
    elif _NAMES_BODY.search(lead) and not lead.startswith(_verbs()):
        yield Candidate(f"{of}{lead.removesuffix('职责').rstrip('的')}的职责有哪些?", "subject", clause)
    else:
        yield from _of_departments(clause, of, lead or _first_piece(clause))
        if lead:
            yield Candidate(f"{of}对{lead}有哪些要求?", "subject", clause)


def _of_departments(clause: Clause, of: str, matter: str) -> Iterator[Candidate]:
    if matter and clause.departments:
        which = "哪些部门" if len(clause.departments) > 1 else "哪个部门"
        yield Candidate(f"{of}{matter}由{which}负责?", "departments", clause, clause.departments)


def _first_piece(clause: Clause) -> str:
    """Return the first piece of a clause where it says what is to be done; nothing if it is short, long or points back."""
    match = _PIECE.match(_body(clause))
    piece = _OPENS.sub("", match[0].strip()) if match else ""
    says = _LEAST < len(piece) <= _LEAD and not _POINTS.search(piece) and not find_figures(piece)
    return piece if says else ""


@cache
def _verbs() -> tuple[str, ...]:
    """Return the verbs that open what is to be done: 提高补助标准 is no name of a standard."""
    return tuple(line for line in _VERBS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")


def lead_of(clause: Clause) -> str:
    """Return the first sentence of a clause where it is a title of what follows, or a question; else nothing."""
    text = _body(clause)
    match = re.match(r"([^。;:?\n]+)([。?\n]|$)", text)
    if not match or match.end() >= len(text):
        return ""
    words, is_question = match[1].strip().removeprefix("关于"), match[2] == "?"
    fits = _LEAST <= len(words) <= _LEAD and not re.search(r"[,、(]", words) and not _POINTS.search(words)
    if is_question:
        return f"{words}?" if fits else ""
    return words if fits and not _SENTENCE.search(words) else ""


def _body(clause: Clause) -> str:
    """Return the words of a clause behind its number."""
    return _NUMBER.sub("", clause.text.translate(_WIDE)).strip()


def _place_of(doc: Document) -> str:
    """Return how a question names the document: its place and year, else its title; nothing if that is long."""
    if doc.region:
        return f"{doc.region[-1]}{f'{doc.year}年' if doc.year else ''}"
    return f"{doc.quoted_title}规定的" if len(doc.title) <= _TITLE else ""


def _of_figures(clause: Clause) -> Iterator[tuple[str, str]]:
    """Yield what may be asked of each piece of a clause that holds one quantity or date, with that figure."""
    body = _body(clause)
    if body.endswith(";"):  # an item of a list: what it is said of stands above it
        return
    for match in _PIECE.finditer(body):
        piece = match[0].strip()
        figures = find_figures(piece)
        if len(figures) != 1 or not _LEAST <= len(piece) <= _LONGEST or _POINTS.search(piece):
            continue
        asked = _asked(piece, figures[0])
        if asked:
            yield asked, figures[0].text


def _asked(piece: str, figure: Figure) -> str:
    """Return a piece with 多少 or 什么时候 for its figure; nothing if it then says too little of what is asked."""
    before, after = _OPENS.sub("", piece[: figure.start]), piece[figure.end :]
    if figure.kind == "date":
        if not _DAY.search(figure.text) or len(after) < _LEAST:
            return ""
        return f"{_LEADS_DATE.sub('', before)}什么时候{_DONE_BY.sub('', after)}" if _is_said(after) else ""
    unit = _AFTER.sub("", _DIGITS.sub("", figure.text, count=1)).strip() if _DIGITS.search(figure.text) else ""
    if not unit or len(before) < _LEAST or len(after) > 2 * _LEAST or not _is_said(after):
        return ""
    if len(_BOUND.sub("", before)) < _LEAST:
        return ""
    return f"{before}多少{'' if unit in ('%', '%') else unit}{after}"


def _is_said(after: str) -> bool:
    """True if what follows a figure goes on with the sentence: 240元的 begins what something else is called."""
    return not re.match(r"[以之]?内$|[的和与及或者、前]|(?:以上|以下)的", after) and not re.search(
        r"[的后时中]$|的.{0,3}人员?$", after
    )
