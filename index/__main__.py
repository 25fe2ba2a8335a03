"""python -m index build | add | remove | check | list | show"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.command import Parser, run_command, use_utf8
from index.errors import UserError
from index.settings import load_settings
from index.types import Clause, Document

if TYPE_CHECKING:
    from index.store import ClauseIndex


def main(argv: list[str] | None = None) -> int:
    """Run one command; 2 and one line on stderr when the user can mend it."""
    use_utf8()
    args = _parser().parse_args(argv)
    return run_command(lambda: int(args.run(args) or 0))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m index", description="政策文件索引: 建立、维护、查看")
    commands = parser.add_subparsers(required=True, metavar="命令")

    def command(name: str, run: Any, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help)
        sub.set_defaults(run=run)
        return sub

    command("build", _build, "用 seeds/ 或给出的文件(夹)重建索引").add_argument("paths", nargs="*", type=Path)
    command("add", _add, "加入文件").add_argument("paths", nargs="+", type=Path)
    command("remove", _remove, "移除文件").add_argument("doc_id")
    command("check", _check, "核对索引的每个文件")
    command("list", _list, "列出文件").add_argument("--json", action="store_true")
    show = command("show", _show, "查看条款或整份文件")
    show.add_argument("name", metavar="ID或引用")
    show.add_argument("--json", action="store_true")
    return parser


def _build(args: argparse.Namespace) -> int:
    from index.build import build_index

    return _report(*build_index(load_settings(), args.paths))


def _add(args: argparse.Namespace) -> int:
    from index.build import add_documents

    return _report(*add_documents(load_settings(), args.paths))


def _remove(args: argparse.Namespace) -> int:
    from index.build import remove_document

    return _report(remove_document(load_settings(), args.doc_id), [])


def _check(args: argparse.Namespace) -> int:
    from index.build import check_index

    problems = check_index(load_settings())
    if problems:
        raise UserError(f"索引有问题: {'; '.join(problems)}。请运行 python -m index build 重建。")
    print("索引完好。")
    return 0


def _list(args: argparse.Namespace) -> None:
    index = _open()
    records = [document_json(doc, index.clauses_of(doc.doc_id)) for doc in index.documents]
    if args.json:
        print(json.dumps(records, ensure_ascii=False, indent=1))
        return
    for record in records:
        print(_row(record))


def _show(args: argparse.Namespace) -> None:
    index = _open()
    found = index.find(args.name)
    if found is None:
        raise UserError(f"没有找到 {args.name}。可用 python -m index list 查看已有文件。")
    if isinstance(found, Clause):
        print(_dump(clause_json(found)) if args.json else _clause_text(found))
        return
    clauses = index.clauses_of(found.doc_id)
    if args.json:
        record = document_json(found, clauses) | {"clauses": [clause_json(c) for c in clauses]}
        print(_dump(record))
        return
    print(_row(document_json(found, clauses)))
    for clause in clauses:
        indent = "  " * clause.path.count(".")
        print(f"{indent}{clause.path}  {clause.text.splitlines()[0][:60]}")


def document_json(doc: Document, clauses: tuple[Clause, ...]) -> dict[str, Any]:
    """Return a document as `list --json` prints it; `clauses` counts the leaves."""
    return {
        "doc_id": doc.doc_id,
        "title": doc.title,
        "doc_no": doc.doc_no,
        "issuer": "、".join(doc.issuers) or None,
        "region": "".join(doc.region) or None,
        "year": doc.year,
        "date_issued": doc.date_issued,
        "kind": doc.kind,
        "validity": doc.validity,
        "source": doc.source,
        "clauses": sum(clause.leaf for clause in clauses),
        "adcode": doc.adcode,
        "interprets": doc.interprets,
        "publisher": doc.publisher,
        "date_published": doc.date_published,
        "cleaning": list(doc.cleaning),
    }


def clause_json(clause: Clause) -> dict[str, Any]:
    """Return a clause as `show --json` prints it; figures are whole quantities with their units."""
    return {
        "clause_id": clause.clause_id,
        "doc_id": clause.doc.doc_id,
        "label": clause.label,
        "path": clause.path,
        "heading": " > ".join(clause.headings),
        "text": clause.text,
        "leaf": clause.leaf,
        "departments": list(clause.departments),
        "lead": clause.lead,
        "figures": [figure.text for figure in clause.figures],
    }


def _open() -> ClauseIndex:
    from index.store import ClauseIndex

    return ClauseIndex.open_clauses(load_settings())


def _report(index: Any, failed: list[tuple[Path, str]]) -> int:
    """Print what the index now holds, then what could not be read; 2 if anything could not."""
    for doc, clauses in index.corpus():
        print(_row(document_json(doc, clauses)))
    counts = index.manifest.counts
    print(f"共 {counts['documents']} 份文件, {counts['leaves']} 条, 版本 {index.version}")
    for _, reason in failed:
        print(f"跳过: {reason}", file=sys.stderr)
    return 2 if failed else 0


def _row(record: dict[str, Any]) -> str:
    place = f"{record['region'] or '地区未知'} {record['year'] or '年份未知'}"
    about = f"{record['kind']}  {record['clauses']}条  {record['doc_no'] or '无文号'}  {record['title']}"
    return f"{record['doc_id']}  {place}  {about}"


def _clause_text(clause: Clause) -> str:
    trail = " > ".join(clause.headings)
    lines = [f"{clause.clause_id}  {clause.label}", trail, clause.text]
    if clause.departments:
        lines.append(f"责任部门: {'、'.join(clause.departments)}" + (f" (牵头: {clause.lead})" if clause.lead else ""))
    return "\n".join(filter(None, lines))


def _dump(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    sys.exit(main())
