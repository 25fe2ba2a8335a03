"""What a page says of a document under a label: `索引号：…`, a row of cells, a label above its value, the page's own meta."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.bodies import is_body, split_bodies
from index.doc_numbers import DocNumber, find_numbers, read_number
from index.figures import iso_date
from index.types import Line

_LABELS_FILE = Path(__file__).parent / "data" / "field_labels.tsv"
_BULLET = r"[\s•·●▪◆■□◇○\-—|｜>*【\[〔（(]"
_TRIM = " \u3000|｜;；,，。•·●▪◆■\t【[〔（("
_URL = re.compile(r"https?://[^\s，。；）)】>]+")
_STATES = (
    (r"尚未(?:施行|生效|实施)|未生效", "尚未施行"),
    (r"^(?:已?被?修[改订正])|部分(?:有效|失效|废止|修改)", "已修改"),
    (r"废止", "废止"),
    (r"失效|无效|^否$|过期|已终止", "失效"),
    (r"有效|^是$|^现行$|施行中", "现行有效"),
)
_OPENNESS = re.compile(r"(?:主动|依申请|不予|免予|部分)公开|主动|依申请|社会公开|内部公开")
# The names that sites give their meta fields, in small letters.
_META = {"pubdate": "date_published", "publishdate": "date_published", "contentsource": "origin", "source": "origin"}


@dataclass(frozen=True, slots=True)
class Field:
    """A value under its label, and the line where it stands (none for one of the page's meta)."""

    name: str
    value: str
    words: str
    line: Line | None = None


def read_fields(lines: Sequence[Line], meta: Mapping[str, str] | None = None) -> list[Field]:
    """Return the labelled values of a page in order, empty ones left out; those of its meta come last."""
    found: list[Field] = []
    for at, line in enumerate(lines):
        after = lines[at + 1] if at + 1 < len(lines) else None
        found += _of_row(line, after) if line.is_row else _of_text(line, after)
    for name, value in (meta or {}).items():
        if value.strip() and (field := _META.get(name.lower())):
            found.append(Field(field, value.strip(), f"{name}: {value.strip()}"))
    return found


def is_field_line(line: Line) -> bool:
    """True for a line that holds labels and their values, and so no title and no signature."""
    if line.is_row:
        return bool(line.cells) and _label_of(line.cells[0]) is not None
    labels = list(_labels(line.text))
    return bool(labels) and not line.text[: labels[0][0]].strip(_TRIM)


def first(fields: Sequence[Field], *names: str) -> Field | None:
    """Return the first value of the fields named that reads as one of its kind, normalised, or None."""
    for name in names:
        for field in fields:
            if field.name == name and (value := _read(name, field.value)):
                return Field(name, value, field.words, field.line)
    return None


def labelled_number(fields: Sequence[Field]) -> tuple[DocNumber, Field] | None:
    """Return the 文号 that the page gives under its label, and the field with the words as they stand."""
    for field in fields:
        if field.name == "doc_no":
            number = read_number(field.value) or next((n for n in find_numbers(field.value) if not n.start), None)
            if number:
                return number, Field("doc_no", field.value[number.start : number.end], field.words, field.line)
    return None


def labelled_bodies(fields: Sequence[Field], name: str) -> tuple[tuple[str, ...], Field] | None:
    """Return the bodies under a label, and the field; None where it names a site or a person."""
    for field in fields:
        if field.name == name and (bodies := split_bodies(re.split(r"\s+\d", field.value)[0])):
            return bodies, field
    return None


@cache
def _table() -> dict[str, str]:
    rows = (line.split("\t") for line in _LABELS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return dict(rows)


@cache
def _pattern() -> re.Pattern[str]:
    """A label with its colon or bracket, or, with none, as a word of its own."""
    words = "|".join(r"\s*".join(map(re.escape, word)) for word in sorted(_table(), key=len, reverse=True))
    return re.compile(
        rf"(?P<label>{words})\s*(?:[:：]|[】\]〕）)]\s*[:：]?)|(?:(?<=\s)|^)(?P<bare>{words})(?=[\s\u3000]|$)"
    )


def _labels(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Yield (start, end, field, has a colon) of each label; one inside a word (原发文字号) is none unless it is long."""
    for match in _pattern().finditer(text):
        label = re.sub(r"\s", "", match["label"] or match["bare"])
        start = match.start()
        glued = start > 0 and re.match(r"[\u4e00-\u9fff]", text[start - 1])
        if not glued or (len(label) >= 3 and match["label"]):
            yield start, match.end(), _table()[label], bool(match["label"])


def _label_of(cell: str) -> str | None:
    return _table().get(re.sub(r"[\s:：【】\[\]•·]", "", cell))


def _of_text(line: Line, after: Line | None) -> Iterator[Field]:
    labels = list(_labels(line.text))
    # Without a colon a label is one only among others, or at the start of a line: 公开日期 2018-05-30 关键词.
    opens = bool(labels) and not line.text[: labels[0][0]].strip(_TRIM)
    labels = [label for label in labels if label[3] or (opens and (len(labels) > 1 or _is_named(line.text, label)))]
    if not labels:
        return
    ends = [start for start, *_ in labels[1:]] + [len(line.text)]
    for (start, end, name, _), stop in zip(labels, ends, strict=True):
        value = line.text[end:stop].strip(_TRIM)
        if value and name != "-":
            yield Field(name, value, line.text[start:stop].strip(_TRIM), line)
    alone = opens and len(labels) == 1 and labels[0][2] != "-" and not line.text[labels[0][1] :].strip(_TRIM)
    if alone and after and not after.is_row and not list(_labels(after.text)):
        yield Field(labels[0][2], after.text.strip(_TRIM), f"{line.text} {after.text}", after)


def _is_named(text: str, label: tuple[int, int, str, bool]) -> bool:
    """True if what follows a label that has no colon reads as its value: `文号 国发〔2012〕3号`."""
    return label[2] not in ("-", "subject", "keywords", "title", "publisher") and bool(
        _read(label[2], text[label[1] :].strip(_TRIM))
    )


def _of_row(line: Line, after: Line | None) -> Iterator[Field]:
    names = [_label_of(cell) for cell in line.cells]
    if len(line.cells) > 1 and all(names) and after is not None and after.is_row and len(after.cells) == len(names):
        for name, label, value in zip(names, line.cells, after.cells, strict=True):
            if name and name != "-" and value and not _label_of(value):
                yield Field(name, value, f"{label} {value}", after)
        return
    for at, cell in enumerate(line.cells):
        value = line.cells[at + 1] if at + 1 < len(line.cells) else ""
        if (name := names[at]) and value and not names[at + 1]:
            yield Field(name, value, f"{cell} {value}", line)
        elif not name and (at == 0 or not names[at - 1]):
            yield from _of_text(Line(cell, line.pieces), None)


def _read(name: str, value: str) -> str | None:
    """Return a value as its field writes it, None where it is none."""
    value = re.sub(r"[\s\u3000]+", " ", value).strip(_TRIM)
    reader = {
        "index_no": _index_no, "doc_no": _doc_no, "validity": _state, "openness": _openness, "subject": _subject,
        "publisher": _publisher, "source": _publisher, "origin": _publisher, "issuer": _publisher, "source_url": _url,
    }.get(name)  # fmt: skip
    if reader:
        return reader(value)
    return _date(value) if name.startswith("date_") else value or None


def _date(value: str) -> str | None:
    if packed := re.match(r"((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)", value):
        value = "-".join(packed.groups())
    return iso_date(value[:40])


def _index_no(value: str) -> str | None:
    code = value.split(" ")[0]
    return code if re.fullmatch(r"(?=.*\d)[0-9A-Za-z\u4e00-\u9fff/\-—_.:〔〕\[\]（）()]{3,60}", code) else None


def _doc_no(value: str) -> str | None:
    number = read_number(value)
    return number.value if number else None


def _state(value: str) -> str | None:
    if re.match(r"[\d\-/年月日 ]+$", value):
        return None
    return next((state for pattern, state in _STATES if re.search(pattern, value[:20])), None)


def _openness(value: str) -> str | None:
    match = _OPENNESS.search(value[:20])
    return match[0] if match else None


def _subject(value: str) -> str | None:
    """A class of the catalogue, not a title that stands where a class is missing."""
    return value if len(value) <= 60 and not re.search(r"关于|[。!！?？]|\d{4}-\d", value) else None


def _publisher(value: str) -> str | None:
    name = re.split(r"[\s|｜]", _URL.sub("", value).strip(_TRIM))[0].strip(_TRIM).removeprefix("转自")
    named = re.fullmatch(r"[\u4e00-\u9fffA-Za-z（）()《》、·]{2,40}", name) and not re.search(
        r"关于|日期|时间|字体", name
    )
    return name if named and (is_body(name) or len(name) <= 30) else None


def _url(value: str) -> str | None:
    match = _URL.search(value)
    return match[0].rstrip(",.;") if match else None


def source_address(fields: Sequence[Field]) -> Field | None:
    """Return the address that the page gives as its source, under whichever label."""
    for field in fields:
        if field.name in ("source_url", "origin") and (address := _url(field.value)):
            return Field("source_url", address, field.words, field.line)
    return None
