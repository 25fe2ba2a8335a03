"""What people state of a file that the file does not say: rows of its folder's manifest.csv (file,field,value).

A file in an archive is named with the archive, `一批.zip/通知.txt`; a row that names the archive alone is for all in it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from index.bodies import split_bodies
from index.doc_id import doc_id_of, policy_year
from index.errors import UserError
from index.regions import COUNTRY_CODE, Region, find_regions, region_by_adcode, region_by_name
from index.types import Document
from index.validity import AMENDED, EXPIRED, IN_FORCE, NOT_YET, REPEALED, UNKNOWN

MANIFEST = "manifest.csv"
VALIDITIES = (IN_FORCE, NOT_YET, AMENDED, EXPIRED, REPEALED, UNKNOWN)
_COLUMNS = ("file", "field", "value")
_DOC_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # never `..`: it stands in addresses and names of files
_NATION = ("全国", "中国", "中华人民共和国")
_YEARS = range(1949, 2101)
_MADE_OF = {"title", "doc_no", "kind", "adcode", "year", "date_issued", "date_published"}  # what an ID is made of
Given = dict[str, Any]  # fields of a document


def given_of(path: Path, name: str = "") -> Given:
    """Return the fields that the manifest sets of a file, or of the file `name` in an archive; raises UserError."""
    table = path.parent / MANIFEST
    rows = [row for row in _rows(table) if row.get("file") in (path.name, name)] if table.is_file() else []
    rows.sort(key=lambda row: row.get("file") == name)  # what is said of one file holds before what is of the archive
    given: Given = {}
    for row in rows:
        given |= _field(table, path.name, row)
    return given


def write_manifest(folder: Path, stated: Mapping[str, Mapping[str, str]]) -> None:
    """Write the fields stated of each file into a folder's manifest; raises UserError if one cannot be so."""
    table = folder / MANIFEST
    rows = [(name, field, value) for name, fields in stated.items() for field, value in fields.items() if value]
    for row in rows:
        _field(table, row[0], dict(zip(_COLUMNS, row, strict=True)))
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows(rows)


def with_given(doc: Document, given: Given) -> Document:
    """Return a document with the fields that people set; its year and ID follow from them unless they are set too."""
    if not given:
        return doc
    evidence = tuple(item for item in doc.evidence if item.field not in given)
    doc = replace(doc, **{**given, "evidence": evidence})
    if not _MADE_OF & set(given):
        return doc
    if "year" not in given:
        day = doc.date_issued or doc.date_published
        doc = replace(doc, year=policy_year(doc.title, doc.doc_no or doc.interprets, day))
    if "doc_id" in given:
        return doc
    region = region_by_adcode(doc.adcode) if doc.adcode else None
    return replace(doc, doc_id=doc_id_of(doc.doc_no, region, doc.year, doc.kind, doc.title))


def _rows(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise UserError(f"无法读取 {table}。请另存为 UTF-8 的 CSV (列: {','.join(_COLUMNS)})。") from exc


def _field(table: Path, file: str, row: Mapping[str, str]) -> Given:
    """Return what a row sets; raises UserError if there is no such field, or it cannot have the value."""
    field, value = row.get("field") or "", (row.get("value") or "").strip()
    if field in _CLEARED and value == UNKNOWN:
        return dict(_CLEARED[field])
    if field not in _FIELDS:
        raise UserError(f"{table.name} 里的字段 {field} 不能设置, 可设置: {', '.join(sorted(_FIELDS))}。")
    if not value:
        raise UserError(f"{table.name} 里 {file} 的 {field} 没有值。请补上 value 一列。")
    return _FIELDS[field](value)


def _doc_id(value: str) -> Given:
    if not _DOC_ID.fullmatch(value):
        raise UserError(f"doc_id {value!r} 只能用字母、数字和 . _ -, 以字母或数字开头。")
    return {"doc_id": value}


def _region(value: str) -> Given:
    """Read a place by its name or that of its code; of several of a name only the one whose province is named too."""
    if value in _NATION:
        return {"region": region_by_adcode(COUNTRY_CODE).path, "adcode": COUNTRY_CODE}
    found = region_by_name(value) or _within(value)
    if not found:
        raise UserError(f"没有名为 {value} 的地区。请写行政区划的名称, 如 浙江省、宁波市。")
    if len(found) > 1:
        named = "、".join("".join(region.path) for region in found[:5])
        raise UserError(f"名为 {value} 的地区不止一个: {named}。请写出上级地区。")
    return {"region": found[0].path, "adcode": found[0].adcode}


def _within(value: str) -> tuple[Region, ...]:
    """Return the regions whose name ends a path: 辽宁省朝阳市, 浙江省 宁波市."""
    bare = re.sub(r"\s+", "", value)
    mentions = find_regions(bare)
    return mentions[-1].candidates if mentions and mentions[-1].end == len(bare) else ()


def _year(value: str) -> Given:
    digits = value.removesuffix("年").strip()
    if not digits.isdecimal() or int(digits) not in _YEARS:
        raise UserError(f"年份 {value} 应是四位数字, 如 2016。")
    return {"year": int(digits)}


def _issuer(value: str) -> Given:
    return {"issuers": split_bodies(value) or tuple(filter(None, re.split(r"[、,，;；\s]+", value)))}


def _day(field: str) -> Callable[[str], Given]:
    def read(value: str) -> Given:
        try:
            return {field: date.fromisoformat(value).isoformat()}
        except ValueError as exc:
            raise UserError(f"日期 {value} 应写成 2016-05-01 的样子, 并且确有这一天。") from exc

    return read


def _validity(value: str) -> Given:
    if value not in VALIDITIES:
        raise UserError(f"效力 {value} 应是以下之一: {'、'.join(VALIDITIES)}。")
    return {"validity": value}


def _words(field: str) -> Callable[[str], Given]:
    return lambda value: {field: value}


_FIELDS: dict[str, Callable[[str], Given]] = {
    "doc_id": _doc_id, "title": _words("title"), "doc_no": _words("doc_no"), "kind": _words("kind"),
    "validity": _validity, "date_issued": _day("date_issued"), "date_published": _day("date_published"),
    "region": _region, "year": _year, "issuer": _issuer,
}  # fmt: skip
# What was read wrongly and is not known either.
_CLEARED: dict[str, Given] = {
    "doc_no": {"doc_no": None, "doc_no_raw": None}, "issuer": {"issuers": ()}, "region": {"region": (), "adcode": None},
    "year": {"year": None}, "date_issued": {"date_issued": None}, "date_published": {"date_published": None},
}  # fmt: skip
