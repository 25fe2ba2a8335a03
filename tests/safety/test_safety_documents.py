"""Documents that attack whoever reads them: nothing is fetched, no file opened, no name leads out of its folder, nothing swells."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from guarded import Attacked, Served
from hostile import documents, trap, with_part

from index.errors import UserError
from index.read import read_file
from tests import ofd_writer
from tests.sound_files import PROSE, docx_of, paragraph

_SECRET = "what a file of the server holds"


def _read(folder: Path, data: bytes, name: str = "a") -> str:
    """Return the text of a file, or why there is none."""
    path = folder / name
    path.write_bytes(data)
    try:
        return "\n".join(source.text for source in read_file(path)[0])
    except UserError as refusal:
        return f"refused: {refusal}"


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    path = tmp_path / "planted.txt"
    path.write_text(_SECRET)
    return path


# Nothing is fetched


def test_no_link_of_a_document_is_followed(attacked: Attacked) -> None:
    served, link = attacked.served, attacked.trap.url
    files = [("files", (name, data)) for name, data in documents(link).items()]
    question = "某县2031年每月报送图表多少次?"
    said = {"model": "clause-qa", "messages": [{"role": "user", "content": question}]}
    with served.admin() as client, served.logged_in() as browser:
        assert client.post("/api/documents/preview", files=files).status_code == 200
        for doc_id in attacked.doc_ids:
            whole = client.get(f"/api/documents/{doc_id}").json()
            assert link in "".join(clause["text"] for clause in whole["clauses"])
        assert client.post("/api/ask", json={"question": question, "stream": True}).status_code == 200
        assert client.post("/v1/chat/completions", json=said).status_code == 200
        for path in ("/export/clauses.csv", "/export/clauses.xlsx", "/export/documents.csv"):
            assert browser.get(path, params={"q": "图表"}).status_code == 200
    assert attacked.trap.asked == []


def test_the_trap_would_tell(served: Served) -> None:
    with trap() as caught, served.client() as client, pytest.raises(Exception, match="disconnected"):
        client.get(f"{caught.url}/x")
    assert caught.asked == ["GET /x HTTP/1.1\r\n"]


def test_chat_pages_are_given_no_live_markup(attacked: Attacked) -> None:
    said = {"model": "clause-qa", "messages": [{"role": "user", "content": "某政发〔2031〕2号的补贴每人每年多少元?"}]}
    with attacked.served.admin() as client:
        text = client.post("/v1/chat/completions", json=said).json()["choices"][0]["message"]["content"]
    assert "77元" in text and "要求" in text  # the clause's own words, markup and all
    assert not re.search(r"\]\(|!\[|<[A-Za-z/!]", re.sub(r"\\.", "", text)), text


# No file of the server is opened


def _entities(path: Path) -> str:
    return (
        f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{path}"><!ENTITY % b SYSTEM "file://{path}">%b;'
        f'<!ENTITY c PUBLIC "-//x" "{path}">]>'
    )


_INCLUDED = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="file://{}"/>'


def _docx_entities(path: Path) -> bytes:
    return docx_of(paragraph(f"一、甲。&a;&c;{_INCLUDED.format(path)}"), _entities(path))


def _docx_parts(path: Path) -> bytes:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ways = (f"file://{path}", str(path), f"../../../../../../..{path}", f"..\\..\\..{path}")
    parts = ("styles", "numbering", "footnotes", "aFChunk")
    related = "".join(
        f'<Relationship Id="r{n}" Type="{kind}/{part}" Target="{way}"/>'
        for n, (part, way) in enumerate(zip(parts, ways, strict=True))
    )
    text = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{related}</Relationships>'
    )
    return with_part(docx_of(paragraph("一、甲乙丙。")), "word/_rels/document.xml.rels", text.encode())


def _ofd_entities(path: Path) -> bytes:
    page = ofd_writer.page_xml(ofd_writer.text_object("一、甲乙。", 40, 60, 5.6, "run"))
    page = page.replace("?>", "?>" + _entities(path), 1).replace("乙", f"&a;{_INCLUDED.format(path)}")
    return ofd_writer.pack([page])


def _ofd_places(path: Path) -> bytes:
    page = ofd_writer.page_xml(ofd_writer.text_object("一、甲乙。", 40, 60, 5.6, "run"))
    container = ofd_writer.pack([page])
    with zipfile.ZipFile(io.BytesIO(container)) as held:
        document = held.read("Doc_0/Document.xml").decode()
    document = document.replace("Pages/Page_0/Content.xml", f"../../../../../../../..{path}")
    return with_part(container, "Doc_0/Document.xml", document.replace("PublicRes.xml", str(path)).encode())


def _html(path: Path) -> bytes:
    wants = f'<iframe src="file://{path}"></iframe><object data="{path}"></object><!--#include file="{path}"-->'
    return f'<!DOCTYPE html [<!ENTITY a SYSTEM "file://{path}">]><body><p>一、甲。&a;</p>{wants}</body>'.encode()


def _rtf(path: Path) -> bytes:
    return f'{{\\rtf1\\ansi 1. Text. {{\\field{{\\*\\fldinst INCLUDETEXT "{path}"}}{{\\fldrslt}}}}}}'.encode()


def _link_in_zip(path: Path) -> bytes:
    """A ZIP can hold symbolic links."""
    info = zipfile.ZipInfo("a.txt")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        container.writestr(info, str(path))
        container.writestr("b.txt", PROSE)
    return buffer.getvalue()


@pytest.mark.parametrize("write", [_docx_entities, _docx_parts, _ofd_entities, _ofd_places, _html, _rtf, _link_in_zip])
def test_a_document_opens_no_file(planted: Path, tmp_path: Path, write: Callable[[Path], bytes]) -> None:
    assert _SECRET not in _read(tmp_path, write(planted))


# Nothing swells


def _laughs(attribute: bool) -> str:
    names = "abcdefghijk"
    grown = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip(names, names[1:], strict=False))
    return f'<!DOCTYPE w:document [<!ENTITY a "哈哈哈哈哈哈">{grown}]>' + ("<!-- -->" if attribute else "")


def _lying_zip(name: str, size: int) -> bytes:
    """A member that says it is ten bytes long and is not."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr(name, b"a" * size)
    data = bytearray(buffer.getvalue())
    central = data.rfind(b"PK\x01\x02")
    for at in (22, central + 24):
        data[at : at + 4] = struct.pack("<I", 10)
    return bytes(data)


_SWELLING: dict[str, Callable[[], bytes]] = {
    "entities": lambda: docx_of(paragraph("一、甲。&k;"), _laughs(False)),
    "entities in an attribute": lambda: docx_of('<w:p><w:pPr><w:pStyle w:val="&k;"/></w:pPr></w:p>', _laughs(True)),
    "one entity many times": lambda: docx_of(
        paragraph("&a;" * 40_000), f'<!DOCTYPE x [<!ENTITY a "{"哈" * 40_000}">]>'
    ),
    "spaces": lambda: docx_of(paragraph("一、甲。") + " " * 100_000_000),
    "a part of zeros": lambda: with_part(docx_of(paragraph("一、甲。")), "word/media/a.png", bytes(200_000_000)),
    "a ZIP of zeros": lambda: ofd_writer.zipped({"a.txt": bytes(300_000_000)}),
    "a size that lies": lambda: _lying_zip("a.txt", 100_000_000),
    "a part whose size lies": lambda: _lying_zip("word/document.xml", 100_000_000),
    "a workbook": lambda: ofd_writer.zipped({"[Content_Types].xml": b"", "xl/workbook.xml": bytes(200_000_000)}),
}  # fmt: skip


@pytest.mark.parametrize("write", _SWELLING.values(), ids=_SWELLING)
def test_what_would_swell_is_refused_or_left_out(tmp_path: Path, write: Callable[[], bytes]) -> None:
    import tracemalloc

    data = write()
    tracemalloc.start()
    try:
        text = _read(tmp_path, data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(text) < 100_000 and peak < 60_000_000, (text[:80], peak)
    assert not text.startswith("refused") or "请" in text


# No name leads anywhere


@pytest.mark.parametrize(
    "name",
    ["../../../escaped.txt", "..\\..\\escaped.txt", "/etc/escaped.txt", "C:\\escaped.txt", "a/../../escaped.txt", ".escaped.txt",
     "a\x00b.txt", "\u202etxt.exe", "manifest.csv", "~$escaped.txt", "甲" * 300 + ".txt", "a\r\nX-Planted: b.txt", "-rf.txt", "..", "con.txt"],
)  # fmt: skip
def test_a_file_lies_where_it_should_under_whatever_name(served: Served, tmp_path: Path, name: str) -> None:
    root = served.settings.records_dir.parent
    before = _listed(root)
    with served.admin() as client:
        answer = client.post("/api/documents/preview", files={"files": (name, documents("x")["a.txt"])})
    assert answer.status_code in (200, 400, 422), answer.text
    told = [one["name"] for one in answer.json().get("outcomes", ())]
    assert not any(set(one) & set("/\\\x00\r\n\u202e") for one in told), told
    assert _listed(root) == before
    assert not list(root.parent.glob("**/*escaped*"))


def _listed(root: Path) -> set[str]:
    moving = ("sqlite3-wal", "sqlite3-shm", ".lock", "errors.log", "staging", "sent")
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.name.endswith(moving)}


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "../../users.sqlite3",
        "..%2f..%2fusers",
        "%2e%2e%2fusers",
        "/etc/passwd",
        "a%00b",
        "' OR 1=1 --",
        "*",
        "%",
        "_%",
    ],
)
def test_an_id_is_looked_up_and_is_no_path(served: Served, name: str) -> None:
    with served.admin() as client, served.logged_in() as browser:
        held = client.get("/api/documents").json()["total"]
        for way in (f"/api/clauses/{name}", f"/api/documents/{name}"):
            assert client.get(way).status_code in (401, 404, 422), way
        assert client.delete(f"/api/documents/{name}").status_code in (401, 404, 405, 422)
        for ending in ("docx", "md", "txt", "sqlite3"):
            assert browser.get(f"/export/conversation/{name}.{ending}").status_code == 404
        assert browser.get("/export/clauses.csv", params={"doc": name, "place": name, "sort": name}).status_code == 200
        assert client.get("/api/documents").json()["total"] == held


def test_an_uploader_gives_no_odd_id(served: Served) -> None:
    front = f"---\ntitle: 甲\ndoc_id: ../../x\n---\n\n# 甲\n\n{PROSE}".encode()
    with served.admin() as client:
        for given in ("..", ".", "../x", "a/b", "-rf", "<b>", ""):
            fields = {"fields": '{"a.md": {"doc_id": "' + given + '"}}'}
            answer = client.post("/api/documents/preview", files={"files": ("a.md", front)}, data=fields)
            ids = [one["doc_id"] for one in answer.json().get("outcomes", ())]
            assert all(id[:1].isalnum() and "/" not in id for id in ids), answer.text
