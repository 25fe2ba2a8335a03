"""Questions about a document itself: since when it is in force and until when, whom it is from, what it repeals."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from index.catalog import LOOSE, Mention
from index.find import family_of
from index.store import ClauseIndex
from index.titles import QUOTED
from index.types import Document
from index.validity import UNKNOWN, say_day
from rag.answer.refuse import Refusal
from rag.answer.turn import Part
from rag.checking.cite import Claim
from rag.checking.quote import Told, begin
from rag.question.scope import blanked
from rag.question.understand import Query
from rag.question.wish import Wish, without_asking
from rag.structure.placed import Target
from rag.structure.said import quoting, saying
from rag.structure.unheld import told_of
from rag.structure.whose import Whose, names_of

_ASKS_FILE = Path(__file__).parent.parent / "data" / "document_asks.tsv"
_KIND_OF_TEXT = re.compile(
    r"条例|办法|规定|通知|意见|方案|细则|规则|通告|公告|决定|规划|计划|措施|标准|指南|文件|政策|解读|安排|要点|预案|批复|章程"
    r"|(?<![办方做说用想看语])法(?!律)"
)
# Said of the document that one rests on, or that went before it.
_OF_ANOTHER = re.compile(r"贯彻|依据|上级|上位|省里|国家|原来|以前|之前|旧|对应|配套")
# The sentences of a document about itself.
_SAID = {
    "effective": re.compile(
        r"(?:自|从|于|即日)[^。；;]{0,30}[起日][^。；;]{0,10}(?:施行|实施|执行|实行|生效|试行|启用)(?!的)"
    ),
    "expires": re.compile(
        r"本[\u4e00-\u9fff（）()]{1,12}(?:的?(?:有效期|试行期|施行期限)|(?:有效|执行|施行|实施|试行)[至到])"
        r"|(?:施行|实施|执行|印发|发布|公布|下发|试行)[^。；;]{0,20}(?:有效期|试行期|期限|[至到][^。；;]{4,14}(?:止|失效|废止))"
    ),
    "interprets": re.compile(r"负责[^。；;]{0,8}解释|解释权|由[^。；;]{2,40}解释"),
    "scope": re.compile(r"(?:适用|遵守|执行)本|本[\u4e00-\u9fff]{2,14}适用|适用范围"),
    "repeals": re.compile(r"废止"),
}
_ASKED = {
    "effective": "施行日期", "expires": "有效期", "interprets": "由谁解释", "scope": "适用范围", "repeals": "废止哪些文件",
    "issuer": "发文机关", "number": "文号", "issued": "成文日期", "adopted": "通过的日期", "validity": "有效期",
}  # fmt: skip
_PAUSES = re.compile(r"[,，。;；!！?？:：]")
_ASKS = re.compile(r"[多几]少|几[个元年天次]|哪|什么|谁|怎|吗|呢|如何|是否")
_PARTS = ("when", "body")  # of the patterns of the other rows
_DAYS = {"date_adopted", "date_issued"}
_FROM_HEAD = {"issuer", "number", "issued", "adopted"}  # told by the title block, which is no clause


@dataclass(frozen=True, slots=True)
class FactAsked:
    """What is asked of a document itself, and what the question says besides that and names: 养犬条例 of 养犬条例哪天生效."""

    kind: str
    about: str


def fact_asked(text: str, names: Sequence[tuple[int, int]], is_named: bool) -> list[FactAsked]:
    """Return what a question asks of a document itself, in full and then without asides; nothing if it does not.

    Where no document is named, the asides may be what it is about.
    """
    bare = blanked(text, names)
    for kind, pattern in _asks():
        if kind == "noise":
            bare = pattern.sub(" ", bare)
        elif match := pattern.search(bare):
            before, after = bare[: match.start()], bare[match.end() :]
            full = FactAsked(kind, f"{before} {after}".strip())
            brief = [FactAsked(kind, _without_asides(before, after))] if is_named else []
            return list(dict.fromkeys([full, *brief]))
    return []


def _without_asides(before: str, after: str) -> str:
    """Return what stands around the words of asking up to the next commas, and any other part that asks as well."""
    earlier, last = _PAUSES.split(before)[:-1], _PAUSES.split(before)[-1]
    first, later = _PAUSES.split(after)[0], _PAUSES.split(after)[1:]
    return " ".join([last, first, *(part for part in (*earlier, *later) if _ASKS.search(part))]).strip()


def answer_fact(
    index: ClauseIndex, query: Query, asked: FactAsked, before: Callable[[], Document | None]
) -> tuple[Part, ...]:
    """Return what is known of the document that a question means, as one part; none if it means none, or asks for more."""
    said = without_asking(asked.about)
    mentions = [mention for mention in query.named.mentions if mention.far < LOOSE]
    if (name := _unheld_name(query, mentions)) or len(mentions) > 1:
        return _unheld(index, query, name, asked) if name and not said else ()
    target = _target(index, query, asked.about, said, before)
    if target.refusal:
        return (Part(query, None, target.refusal, Told()),)
    if not target.docs:
        return _unheld(index, query, said, asked) if said and not mentions else ()
    part = _part(index, query, asked.kind, family_of(index, target.docs))
    if part.refusal and asked.kind == "scope":
        return ()  # whom a notice is for is often said in other words
    if part.refusal or not part.told or not part.document:
        return (part,)
    note = f"(问题{target.unsaid}, 按{part.document.quoted_title}作答。)" if target.unsaid else target.note
    return (replace(part, told=replace(part.told, note=note)),)


def _target(index: ClauseIndex, query: Query, about: str, said: str, before: Callable[[], Document | None]) -> Target:
    """Return the document that a question names, describes, or means by the turn before; refused if it says too little."""
    whose = Whose(index, query, Wish("whole"), before)
    none = Target((), "")
    mention = next((one for one in query.named.mentions if one.far < LOOSE), None)
    if mention:
        return none if said else whose.mentioned(none, mention)
    if said:
        return replace(none, docs=_described(whose, about, said), unsaid="没有写全文件名")
    if query.question.history and not query.named.spans and (doc := before()):
        return replace(none, docs=(doc,))
    docs = _heads(whose.described(""))
    if len(docs) < 2:
        return replace(none, docs=tuple(docs))
    return replace(none, refusal=Refusal("ambiguous", f"请写明问的是哪一份文件, 例如: {names_of(docs)}。"))


def _unheld_name(query: Query, mentions: Sequence[Mention]) -> str:
    """Return the title or number by which a question names a document that is not held; else nothing."""
    if mentions:
        return "" if mentions[0].documents else mentions[0].name
    return next(iter(QUOTED.findall(query.text)), "")


@cache
def _asks() -> tuple[tuple[str, re.Pattern[str]], ...]:
    lines = _ASKS_FILE.read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and line[0] != "#"]
    parts = {kind: pattern for kind, pattern in rows if kind in _PARTS}
    filled = [
        (kind, pattern.replace("{when}", parts["when"]).replace("{body}", parts["body"])) for kind, pattern in rows
    ]
    return tuple((kind, re.compile(pattern)) for kind, pattern in filled if kind not in _PARTS)


def _described(whose: Whose, about: str, said: str) -> tuple[Document, ...]:
    """Return the one document that words describe and call a document."""
    kinds = _KIND_OF_TEXT.findall(about)
    if _OF_ANOTHER.search(about) or not kinds:
        return ()
    docs = whose.described(said) or (whose.nearest(said) if whose.query.named.spans else [])
    docs = _heads([doc for doc in docs if doc.title.endswith(kinds[-1])] or docs)
    return tuple(docs) if len(docs) == 1 else ()


def _heads(docs: Sequence[Document]) -> list[Document]:
    """Leave out what is found with the notice that sends it."""
    return [doc for doc in docs if doc.parent not in {other.doc_id for other in docs}]


def _unheld(index: ClauseIndex, query: Query, name: str, asked: FactAsked) -> tuple[Part, ...]:
    told = told_of(index, name, query.named.years) if asked.kind in ("validity", "expires") else None
    return (Part(query, None, None, told),) if told else ()


def _part(index: ClauseIndex, query: Query, kind: str, docs: Sequence[Document]) -> Part:
    """Tell a fact of a notice or of what it sends, whichever says it."""
    told = next((told for doc in reversed(docs) if (told := _tell(index, doc, kind))), None)
    if told:
        return Part(query, None, None, told)
    first, last = docs[0], docs[-1]
    where = "的题头和落款" if kind in _FROM_HEAD else ""
    days = _days(first) if kind in ("effective", "adopted") else ""
    beside = f"{days}。" if days else ""
    if kind in ("validity", "expires"):
        beside = f"{index.validity(last).reason}。"
    message = f"{last.quoted_title}{where}没有写明{_ASKED[kind]}。{beside}"
    near = tuple(quote.clause for quote in _opening(index, last).quotes)
    return Part(query, None, Refusal("unsupported", message), Told(near=near))


def _tell(index: ClauseIndex, doc: Document, kind: str) -> Told | None:
    """Return the sentences of a document that say a fact of it, with a line that says what follows; None without."""
    if kind in _FROM_HEAD:
        lead = _of_head(doc, kind)
        return Told((_opening(index, doc),), lead=lead) if lead else None
    if kind == "validity":
        return _tell_validity(index, doc)
    claims = _said(index, doc, kind)
    day = {"effective": doc.date_effective, "expires": doc.date_expires}.get(kind)
    stated = "".join(claim.text for claim in claims)
    if day and say_day(day) not in stated.replace(" ", ""):
        when = f"自{say_day(day)}起施行" if kind == "effective" else f"有效期至{say_day(day)}"
        return Told(claims or (_opening(index, doc),), lead=f"{doc.quoted_title}{when}。")
    return Told(claims) if claims else None


def _tell_validity(index: ClauseIndex, doc: Document) -> Told | None:
    """Say whether a document is in force today, why, and quote what says so: itself, or what repeals it."""
    standing = index.validity(doc)
    claims = (*_said(index, doc, "effective"), *_said(index, doc, "expires"))
    if standing.source_doc_id and standing.span and standing.source_doc_id != doc.doc_id:
        claims = quoting(index.clauses_of(standing.source_doc_id), standing.span)
    if standing.status == UNKNOWN and not claims:
        return None
    how = "是否有效没有写明" if standing.status == UNKNOWN else standing.status
    lead = f"{doc.quoted_title}{how}: {standing.reason}。"
    return Told(tuple(dict.fromkeys(claims)) or (_opening(index, doc),), lead=lead)


def _said(index: ClauseIndex, doc: Document, kind: str) -> tuple[Claim, ...]:
    """Return the sentences of a document that say something of itself: of its scope and of what it repeals all, else the last."""
    found = tuple(saying(index.clauses_of(doc.doc_id), _SAID[kind]))
    return found if kind in ("scope", "repeals") else found[-1:]


def _of_head(doc: Document, kind: str) -> str:
    """Return what a title block says, as a sentence; empty if it does not say it."""
    title = doc.quoted_title
    if kind == "number":
        return f"{title}的文号是{doc.doc_no}。" if doc.doc_no else ""
    if kind == "issuer":
        return f"{title}的发文机关是{'、'.join(doc.issuers)}。" if doc.issuers else ""
    if kind == "adopted":
        words = [one.text for one in doc.evidence if one.field in _DAYS and re.search(r"通过|批准", one.text)]
        return f"{title}: {'、'.join(dict.fromkeys(words))}。" if words else ""
    days = _days(doc)
    return f"{title}的{days}。" if days else ""


def _days(doc: Document) -> str:
    """Return the days of issue and of publishing, the one where they are the same."""
    days = {"成文日期": doc.date_issued, "公布日期": doc.date_published}
    if doc.date_issued == doc.date_published:
        del days["公布日期"]
    return ", ".join(f"{name}是{say_day(day)}" for name, day in days.items() if day)


def _opening(index: ClauseIndex, doc: Document) -> Claim:
    """Return the beginning of a document: what stands for it where its title block, which is no clause, is told."""
    clauses = index.clauses_of(doc.doc_id)
    quote = begin(next((clause for clause in clauses if "。" in clause.text), clauses[0]))
    return Claim(quote.text, (quote,))
