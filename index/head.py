"""Which lines of a head are the document's title, and the 文种 that it ends with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from index.figures import DOC_NO
from index.lines import DATE_LINE
from index.marks import mark_at
from index.types import Line

_KINDS_FILE = Path(__file__).parent / "data" / "kinds.tsv"
_TAIL = re.compile(
    r"[（(〔\[](?:[一二三四五六七八九十]{1,3}|[^（()）]{0,6}(?:试行|暂行|修订|修正|草案|征求意见稿|送审稿|稿|版|第[一二三四五六七八九十\d]+号?)[^（()）]{0,6}|\d{4}年?[^（()）]{0,12})[）)〕\]]$"
)
_SITE_TAIL = re.compile(r"\s*[-_—|·]+\s*[\u4e00-\u9fff]{2,16}$")
_NOT_TITLE = re.compile(r"[。；;：:|！!]|^\W*$|^[（(].*[）)]$")
_LABEL = re.compile(r"^\W*(?:标\s*题|文件名称|名\s*称|信息名称|文件标题|题\s*名)\s*[】\]]?\s*[:：]\s*(?=.{4})")
_NEXT_LABEL = re.compile(r"\s(?=[\u4e00-\u9fff\s]{2,8}[:：])")
_ORGAN = r"(?:人民政府|办公厅|办公室|委员会|行政公署|国务院|[\u4e00-\u9fff]{2,}(?:厅|局|委|部|院|署|会|府))"
_ISSUER = re.compile(
    rf"^[\u4e00-\u9fff、 ]{{2,60}}?{_ORGAN}(?=关于|印发|转发|批转)|^(?:中共中央|国务院|中华人民共和国)"
)
_LETTERHEAD = re.compile(r"(?:令|公告|文件|公报|函件|通告|纪要)$")
_MAX_LINES = 8  # a notice of five bodies names each on a line of its own
_JOIN_COST = 1.5  # a line more must win a 关于, an issuer or a place, or it is the site's and not the title's
_ADDRESSED = re.compile(r"^(?:各|有关)[^。；]{2,}[:：]$")  # what a notice sends has its own title below
_BODY_COST = 0.2
_CONTENTS = re.compile(r"^目\s*[录次]$")
_SITE = re.compile(r"[>›»]|^.{1,3}$|(?:网|网站|库|频道|平台|门户|首页|报|公报|数据库|全文|文件|号)$")
_NUMBERED = 20  # a title with its number after it: 关于…的通知(江办发〔2017〕2号)
_NUMBER_TAIL = re.compile(rf"\s*[（(]\s*{DOC_NO.pattern}\s*[）)]$")
_WORST = -3.0
_AMENDED = re.compile(r"^[（(]?\s*(?:19|20)\d{2}年.*(?:通过|公布|修订|修正|批准|发布)")


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    start: int
    end: int


@cache
def _kinds() -> dict[str, str]:
    rows = (line.split("\t") for line in _KINDS_FILE.read_text("utf-8").split("\n") if line and line[0] != "#")
    return dict(rows)


def kind_of(title: str) -> str | None:
    """Return the 文种 that a title ends with, before its (试行) and the like."""
    bare = title.replace(" ", "")
    while (cut := _TAIL.sub("", bare)) != bare:
        bare = cut
    if bare.startswith("《"):
        bare = bare.rstrip("》")
    kind = next((kind for ending, kind in _kinds().items() if bare.endswith(ending)), None)
    return None if kind == "法律" and "关于" in bare else kind  # 关于审理走私、非法 is half a title


def find_title(head: Sequence[Line], prose: str) -> tuple[Line, ...]:
    """Return the lines of the title, each bare of the site's words, or none; `prose` is the text that may quote it."""
    bare = [_bare(line.text) for line in head]
    quoted = {_plain(title) for title in re.findall(r"《((?:[^《》]|《[^《》]*》){4,160})》", prose)}
    found = list(_candidates(bare, head))
    counts = Counter(_plain(candidate.text) for candidate in found)
    scored = [(_score(c, counts[_plain(c.text)], quoted, head), -c.start, c) for c in found if kind_of(c.text)]
    best = max(scored, key=lambda item: item[:2], default=None)
    if best is None or best[0] < _WORST:
        return _without_kind(head, bare)
    chosen = range(best[2].start, best[2].end)
    return tuple(replace(head[i], text=bare[i]) for i in chosen)


def title_text(title: Sequence[Line]) -> str:
    """Return a title's lines as one, without 书名号 around the whole; two Latin words keep their space."""
    text = re.sub(r"(?<![A-Za-z0-9]) | (?![A-Za-z0-9])", "", "".join(line.text for line in title))
    return text[1:-1] if re.fullmatch(r"《[^《》]*》", text) else text


def _plain(text: str) -> str:
    return re.sub(r"[\s《》〈〉“”\"]", "", text)


def _candidates(bare: list[str], head: Sequence[Line]) -> Iterator[_Candidate]:
    for start in range(len(bare)):
        for end in range(start + 1, min(len(bare), start + _MAX_LINES) + 1):
            part = bare[start:end]
            if any(not _may_be_title(text) for text in part) or any(line.is_row for line in head[start:end][1:]):
                break
            yield _Candidate("".join(part), start, end)


def _may_be_title(text: str) -> bool:
    mark = mark_at(text)
    numbered = mark is not None and not mark.is_doubtful
    return (
        bool(text)
        and not _CONTENTS.match(text)
        and not (_NOT_TITLE.search(text) or DATE_LINE.match(text) or numbered or _AMENDED.match(text))
    )


def _bare(line: str) -> str:
    """Drop what sites put around a title: a label, the trail of links before it, the site's name after it."""
    if line.startswith("\x1e"):
        cells = [cell.strip() for cell in line[1:].split("\x1f")]
        pairs = zip(cells, cells[1:], strict=False)
        return next((value for label, value in pairs if _LABEL.match(f"{label.rstrip(':：')}:四字以上")), "")
    label = _LABEL.match(line)
    if label:
        line = _NEXT_LABEL.split(line[label.end() :])[0]
    line = re.split(r"[›»>]", line)[-1].strip()
    line = DOC_NO.sub("", line, count=1) if DOC_NO.match(line) else line
    line = re.sub(r"[（(]此件[^（()）]*[）)]", "：", line)
    line = _NUMBER_TAIL.sub("", line) if len(line) > _NUMBERED else line
    tail = _SITE_TAIL.search(line)
    line = line[: tail.start()] if tail and kind_of(line[: tail.start()].strip()) else line
    return re.sub(r"(?<=[^A-Za-z0-9]) +| +(?=[^A-Za-z0-9])", "", line)


def _score(candidate: _Candidate, count: int, quoted: set[str], head: Sequence[Line]) -> float:
    text = candidate.text
    score = 3.0 * ("关于" in text) + 2.0 * bool(_ISSUER.match(text)) + min(count, 3)
    score += 3.0 * (_plain(text) in quoted) + 2.0 * text.startswith("《") + 2.0 * _opens_with_place(text)
    score -= 4.0 * any(_ADDRESSED.search(line.text) or DATE_LINE.match(line.text) for line in head[: candidate.start])
    score -= 4.0 * (text.count("《") != text.count("》"))
    score -= 3.0 * bool(_LETTERHEAD.search(text) and "关于" not in text)
    score -= 4.0 if not 6 <= len(text) <= 120 else 0.0
    score += 1.0 if candidate.end < len(head) and _follows_title(head[candidate.end].text) else 0.0
    above = head[candidate.start - 1].text if candidate.start else ""
    score -= 3.0 * bool(re.search(r"[、和与及的]$", above))
    score += _JOIN_COST * _is_whole_head(candidate, head)
    if candidate.start and _is_body(head[candidate.start].text) and _is_body(head[candidate.start - 1].text):
        score -= 0.5  # the first of several bodies is above
    joins = [line.text for line in head[candidate.start : candidate.end - 1]]
    return score - sum(_BODY_COST if _is_body(text) else _JOIN_COST for text in joins)


def _is_whole_head(candidate: _Candidate, head: Sequence[Line]) -> int:
    """Return the joins of a title that is all there is above a law: no site's name, no letterhead before it."""
    lines = [line.text for line in head[: candidate.end]]
    alone = candidate.start == 0 and (candidate.end == len(head) or _follows_title(head[candidate.end].text))
    if not alone or len(candidate.text) > 60 or any(_is_body(text) or _SITE.search(text) for text in lines[:-1]):
        return 0
    return 0 if any(kind_of(text) for text in lines[:-1]) else len(lines) - 1


def _is_body(line: str) -> bool:
    """True for a line that is the name of an organ and nothing else."""
    return bool(re.fullmatch(_ORGAN, line.replace(" ", "")))


def _opens_with_place(text: str) -> bool:
    from index.regions import find_regions

    return bool(re.match(r"国家|全国|本市|中共|(?:19|20)\d\d年", text)) or any(
        m.start == 0 for m in find_regions(text[:16])
    )


def _follows_title(line: str) -> bool:
    """True for what stands right under a title: a note of adoption, a 文号, a table of contents."""
    return bool(re.match(r"^[（(]\s*(?:19|20|一九|二)", line) or DOC_NO.match(line) or re.fullmatch(r"目\s*录", line))


def _without_kind(head: Sequence[Line], bare: list[str]) -> tuple[Line, ...]:
    """Return the longest line that could be a title though it ends with no known 文种."""
    usable = [
        i
        for i, text in enumerate(bare)
        if 6 <= len(text) <= 60 and _may_be_title(text) and not _LETTERHEAD.search(text)
    ]
    usable = [i for i in usable if re.search(r"[\u4e00-\u9fff]{4}", bare[i]) and not re.search(rf"^{_ORGAN}$", bare[i])]
    best = max(usable, key=lambda i: ("关于" in bare[i], len(bare[i])), default=None)
    return () if best is None else (replace(head[best], text=bare[best]),)
