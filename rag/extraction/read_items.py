"""A list that stands in the clauses below the one found, or beside it: every item, in order, each with its citation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.find import outline_of
from index.outline import Node
from index.sentences import sentence_spans
from index.store import ClauseIndex
from index.tokens import normalise
from index.types import Clause
from rag.checking.cite import Claim, Quote
from rag.checking.quote import Told
from rag.extraction.read_choose import wants_items
from rag.extraction.read_verdict import verdict
from rag.retrieval.elsewhere import lead_of
from rag.retrieval.features import Asked, answering_kinds
from rag.retrieval.rank import Ranked
from rag.retrieval.read_text import TRAILING, is_introduction, stem, without_number
from rag.retrieval.reading import HEADING_CHARS, Reading

_MAX_WHOLE = 300  # characters: a list of this length is told whole
_MAX_FITTING = 170  # of a list in which one thing is asked for: shorter ones are told whole
_MAX_ITEM = 240  # an item that is told with what leads to it
_MAX_ITEMS = 40
_COUNT_SAID = 6  # items from which their number is said
_NUMERALS = "一二三四五六七八九十"
# 三类平台是哪三个, 哪五项: a number of things by name
_COUNTED = re.compile(
    rf"哪(十[{_NUMERALS}]?|[{_NUMERALS}两]|\d+)[个大项条种类方点步]|(十[{_NUMERALS}]?|[{_NUMERALS}两])大"
)
# 要带什么证件资料, of which a list says 还需提供下列材料:
_LISTED = re.compile(
    r"(?:什么|哪些|哪几[个项种类条]|啥)[\u4e00-\u9fff]{0,4}(材料|资料|条件|证件|证明|文件|手续|情形|行为|职责)"
)
_ANSWER = re.compile(r"答\s*[:：]\s*")  # 答：下列单位可以申报：
_POINTS_BACK = re.compile(r"其中|上述|该|其(?![他它余])|具体|包括|分别|即|如下|以下|下列|这|情节|逾期|拒不|造成")
# 有哪几种形式, of which a clause only says 多种形式 before the headings that are the forms
_KINDS = re.compile(r"(?:哪|有)几[种类个]([\u4e00-\u9fff]{2})")
_HEADED = 0.4  # of the question's words by weight must stand in a heading with as many items as it counts: 三类平台


def list_items(ranked: Ranked, index: ClauseIndex) -> Told | None:
    """Return the items asked for, where they are clauses of their own; None where they are not, or were not asked for."""
    asked, reading = ranked.asked, ranked.readings[0]
    if not (wants_items(asked) or _is_of_list(index, reading.clause)):
        return None
    node = outline_of(index, reading.clause.doc).by_path.get(reading.clause.path)
    if node is None:
        return None
    if _introduces(node):
        return _tell(node, _items(node), cites_lead=True) if wants_items(asked) else _tell_fitting(asked, node, reading)
    if wants_items(asked):
        return _tell_list(asked, node, reading) or _tell_under(asked, node, reading)
    return _tell_under(asked, node, reading)


def _is_of_list(index: ClauseIndex, clause: Clause) -> bool:
    """True if a clause may lead to a list, or be an item of one; to read a whole law for that takes long."""
    if not clause.leaf:
        return True
    return lead_of(index, clause) is not None


def _tell_list(asked: Asked, node: Node, reading: Reading) -> Told | None:
    """Return the items below a heading, or the list that an item found is one of, if the question is about the list."""
    if node.numbered and (_is_bare(node) or _promises(asked, node)):
        return _tell_headings(node.numbered)
    above = node.parent
    if above is None or above.clause is None:
        return None
    if _introduces(above) and _says_more(asked, above, reading):
        return _tell(above, _items(above), cites_lead=True)
    if _counted(asked.query.text) == len(above.numbered) and asked.word_share(_heading(above)) >= _HEADED:
        return _tell_headings(above.numbered)
    return None


def _introduces(node: Node) -> bool:
    """True for a clause that ends by leading to the items below it: 应当具备下列条件:"""
    return bool(node.clause and node.numbered) and is_introduction(_last_line(node))


def _items(node: Node) -> list[Node]:
    """Return the items that a clause leads to, without the paragraphs behind them: 前款第(一)项规定的年限…"""
    return [item for item in node.numbered if item.unit != "款"] or node.numbered


def _is_bare(node: Node) -> bool:
    """True for a heading without a text of its own."""
    return node.clause is not None and "\n" not in node.clause.text and len(sentence_spans(node.clause.text)) <= 1


def _promises(asked: Asked, node: Node) -> bool:
    """True for a clause that says there are several of the kinds asked for: 组建多种形式的医联体."""
    kinds = _KINDS.search(normalise(asked.query.text))
    if not kinds or node.clause is None:
        return False
    return bool(re.search(rf"[多各几{_NUMERALS}][种类个]{kinds[1]}", normalise(node.clause.text)))


def _last_line(node: Node) -> str:
    return node.clause.text.rstrip().split("\n")[-1] if node.clause else ""


def _heading(node: Node) -> str:
    return normalise(node.clause.text.split("\n")[0]) if node.clause else ""


def _says_more(asked: Asked, above: Node, reading: Reading) -> bool:
    """True if the question is about the list, and not about the one item, or the paragraph behind it, that was found."""
    if above.clause is None:
        return False
    noun = _LISTED.search(asked.query.text)
    if noun and noun[1] in above.clause.text:
        return True
    own, lead = asked.word_share(reading.whole.plain), asked.word_share(normalise(above.clause.text))
    is_item = any(item.clause and item.clause.path == reading.clause.path for item in _items(above))
    return lead > own or not is_item and lead == own


def _counted(question: str) -> int:
    """Return how many things a question says there are; 0 if it does not."""
    match = _COUNTED.search(normalise(question))
    if not match:
        return 0
    said = match[1] or match[2]
    if said.isdecimal():
        return int(said)
    return 2 if said == "两" else sum(10 if n == "十" else _NUMERALS.index(n) + 1 for n in said)


def _tell(lead: Node, items: Sequence[Node], cites_lead: bool) -> Told:
    """Quote what leads to a list and its items whole, or by their first words where that is too long."""
    shown = [item for item in items if item.clause][:_MAX_ITEMS]
    whole = sum(len(item.clause.text) for item in shown if item.clause) <= _MAX_WHOLE
    claims = [_claim(lead, short=False)] if cites_lead else []
    return Told((*claims, *(_claim(item, short=not whole) for item in shown)), note=_note(items, shown, whole))


def _tell_headings(items: Sequence[Node]) -> Told:
    """Quote the heading of each item: what a list of tasks or systems is called by."""
    shown = [item for item in items if item.clause][:_MAX_ITEMS]
    return Told(tuple(map(_headed, shown)), note=_note(items, shown, whole=True))


def _tell_fitting(asked: Asked, lead: Node, reading: Reading) -> Told | None:
    """Quote what leads to a list with those of its items that answer: all of a short one, else the best.

    None where the lead says it itself: 有下列情形之一的,处五百元罚款:
    """
    if answering_kinds(asked.query.asks) and asked.answered(reading.whole):
        return None
    items = [item for item in _items(lead) if item.clause]
    texts = [normalise(item.clause.text) for item in items if item.clause]
    if sum(map(len, texts)) <= _MAX_FITTING:
        return _tell(lead, items, cites_lead=True)
    kinds = answering_kinds(asked.query.asks)
    shares = [
        asked.word_share(text) + any(figure.kind in kinds for figure in item.clause.figures)
        for text, item in zip(texts, items, strict=True)
        if item.clause
    ]
    best = max(range(len(items)), key=lambda i: shares[i])
    return Told((_claim(lead, short=False), _claim(items[best], short=False))) if shares[best] else None


def _tell_under(asked: Asked, item: Node, reading: Reading) -> Told | None:
    """Quote an item with what leads to it, without which it says nothing: 禁止下列行为:(二)擅自拆除水表。"""
    lead = item.parent
    if lead is None or lead.clause is None or not _introduces(lead) or len(reading.clause.text) > _MAX_ITEM:
        return None
    if item not in _items(lead):
        return None
    over, own = _claim(lead, short=False), _claim(item, short=False)
    said = verdict(asked, reading, reading.whole, over.text)
    quotes = (
        (*over.quotes, *own.quotes) if _says_figure(asked, lead.clause, item.clause) else (*own.quotes, *over.quotes)
    )
    return Told((Claim(f"{said}{over.text}{own.text}", quotes),))


def tell_item(reading: Reading, index: ClauseIndex) -> Claim:
    """Quote a clause whole, an item with what leads to it."""
    node = outline_of(index, reading.clause.doc).by_path[reading.clause.path]
    own, lead = _claim(node, short=False), node.parent
    if lead is None or not _introduces(lead):
        return own
    over = _claim(lead, short=False)
    return Claim(f"{over.text}{own.text}", (*own.quotes, *over.quotes))


def _says_figure(asked: Asked, lead: Clause, item: Clause | None) -> bool:
    """True if the figure asked for stands in what leads to an item, and not in it: 有下列行为之一的,处500元罚款:"""
    kinds = answering_kinds(asked.query.asks)
    in_lead, in_item = ({figure.kind for figure in one.figures} & kinds for one in (lead, item or lead))
    return bool(in_lead) and not in_item


def _claim(node: Node, short: bool) -> Claim:
    """Quote a clause, without its number if that is an article's; a long item by its first words, with its number."""
    assert node.clause is not None
    clause = node.clause
    spans = sentence_spans(clause.text)
    start = spans[0][0] if spans and node.unit == "条" else 0
    if not short and is_introduction(clause.text):
        start = _lead_start(clause.text, spans) or start
    text = " ".join(clause.text[start:].split())
    if short:
        text = f"{stem(text)}。"
    elif not text.endswith((":", "：")):
        text = f"{text.rstrip(TRAILING)}。"
    return Claim(text, (Quote(clause, start, len(clause.text)),))


def _lead_start(text: str, spans: Sequence[tuple[int, int]]) -> int:
    """Return where the sentence that leads to a list begins, with the one before it that it speaks of: …15亿元。其中:"""
    last = len(spans) - 1
    while last > 0 and _POINTS_BACK.match(text[slice(*spans[last])]):
        last -= 1
    start = spans[last][0] if last > 0 else 0
    answer = _ANSWER.match(text, start)
    return answer.end() if answer else start


def _headed(node: Node) -> Claim:
    assert node.clause is not None
    spans = sentence_spans(node.clause.text) or [(0, len(node.clause.text))]
    start, end = spans[0]
    text = without_number(node.clause.text[start:end])
    head = text.rstrip(TRAILING) if len(text) <= HEADING_CHARS else stem(text)
    return Claim(f"{head}。", (Quote(node.clause, start, end),))


def _note(items: Sequence[Node], shown: Sequence[Node], whole: bool) -> str:
    if len(shown) < len(items):
        return f"(共{len(items)}项, 以上只列前{len(shown)}项, 其余见原文。)"
    if not whole:
        return f"(共{len(items)}项, 以上只列各项的开头, 全文见所引条款。)"
    return f"(共{len(items)}项。)" if len(items) >= _COUNT_SAID else ""
