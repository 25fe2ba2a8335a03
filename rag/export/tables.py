"""Clauses as a table that Excel and WPS open right: `clauses_csv` and `clauses_xlsx`, one row a clause.

Text of a document is never a formula. In xlsx a cell is typed as text and holds it unchanged; CSV has no types, so
there an apostrophe goes before a cell that would begin a formula, and before no other.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from index.types import Clause
from index.validity import Validity
from rag.clauses.named import is_named
from rag.export.legible import legible
from rag.export.reference import official_reference

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Row = tuple[Clause, Validity]


class Column(NamedTuple):
    """A column: its heading and its width in characters."""

    heading: str
    width: int


COLUMNS = (
    Column("条款编号", 26), Column("条款", 32), Column("文件标题", 40), Column("文号", 22), Column("地区", 16),
    Column("年份", 8), Column("效力", 14), Column("所在位置", 36), Column("条款原文", 80), Column("责任部门", 28),
    Column("数字", 24), Column("引用格式", 48),
)  # fmt: skip

# What a spreadsheet takes for a formula, at the head of a cell; East Asian versions take the full-width forms too.
_OPENS_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_CELL_LIMIT = 32_767  # characters, of Excel
_CUT = "…(超出单元格上限,其后从略,全文见 CSV)"


def clauses_csv(rows: Iterable[Row]) -> bytes:
    """Return a CSV of clauses, each with its validity (`(hit.clause, hit.standing)`), in the order given."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.heading for column in COLUMNS])
    writer.writerows([_inert(str(value)) for value in _values(*row)] for row in rows)
    return text.getvalue().encode("utf-8-sig")  # without the mark Excel reads it as GBK


def clauses_xlsx(rows: Iterable[Row], about: Sequence[tuple[str, str]] = ()) -> bytes:
    """Return a workbook of clauses, each with its validity; `about` (检索词: …) goes to a sheet of its own."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "政策条款问答"
    _fill(book.create_sheet("条款"), rows)
    if about:
        sheet = book.create_sheet("说明")
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 80
        cells = _cells(sheet, "plain")
        for line in about:
            sheet.append([_filled(cell, legible(value)) for cell, value in zip(cells, line, strict=False)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _values(clause: Clause, standing: Validity) -> list[str | int]:
    doc = clause.doc
    return [
        clause.clause_id,
        legible(clause.label),
        legible(doc.title),
        legible(doc.doc_no or ""),
        "".join(doc.region),
        doc.year if doc.year is not None else "",
        _standing(standing),
        legible(" › ".join(heading.rstrip("。") for heading in clause.headings)),
        legible(clause.text),
        "、".join(_departments(clause)),
        legible("、".join(figure.text for figure in clause.figures if not is_named(clause.text, figure))),
        legible(official_reference(clause)),
    ]


def _standing(standing: Validity) -> str:
    return legible(f"{standing.status}: {standing.reason}" if standing.is_out_of_force else standing.status)


def _departments(clause: Clause) -> list[str]:
    """Return the departments as the clause lists them, the lead told apart: 甲局(牵头), 乙局."""
    return [legible(f"{name}(牵头)" if name == clause.lead else name) for name in clause.departments]


def _inert(text: str) -> str:
    return f"'{text}" if _opens_formula(text) else text


def _fill(sheet: WriteOnlyWorksheet, rows: Iterable[Row]) -> None:
    from openpyxl.utils import get_column_letter

    for number, column in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.freeze_panes = "A2"
    heading, plain, guarded = (_cells(sheet, kind) for kind in ("heading", "plain", "guarded"))
    sheet.append([_filled(cell, column.heading) for cell, column in zip(heading, COLUMNS, strict=True)])
    count = 0
    for row in rows:
        pairs = zip(plain, guarded, _values(*row), strict=True)
        sheet.append([_filled(theirs if _opens_formula(value) else own, value) for own, theirs, value in pairs])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{count + 1}"


def _cells(sheet: WriteOnlyWorksheet, kind: str) -> list[WriteOnlyCell]:
    """Return a cell for each column, to be filled anew for every row: a row is written as soon as it is appended."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    cells = [WriteOnlyCell(sheet) for _ in COLUMNS]
    for cell in cells:
        cell.font = Font(bold=kind == "heading")
        cell.alignment = Alignment(vertical="center" if kind == "heading" else "top", wrap_text=True)
        cell.quotePrefix = kind == "guarded"  # Excel keeps it text when somebody edits the cell
    return cells


def _filled(cell: WriteOnlyCell, value: str | int) -> WriteOnlyCell:
    """Put a value into a cell; text is typed as text, whatever it begins with."""
    if isinstance(value, int):
        cell.value = value
        return cell
    cell.value = value if len(value) <= _CELL_LIMIT else value[: _CELL_LIMIT - len(_CUT)] + _CUT
    cell.data_type = "s"
    return cell


def _opens_formula(value: str | int) -> bool:
    return isinstance(value, str) and _OPENS_FORMULA.match(value) is not None
