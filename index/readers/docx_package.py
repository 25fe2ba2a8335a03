"""The parts of a .docx file, opened within limits: no bomb, no entity, nothing fetched."""

from __future__ import annotations

from posixpath import dirname, join, normpath
from typing import Any

from index.errors import UserError
from index.readers.container import is_encrypted, open_zip, read_member
from index.readers.docx_xml import MAIN

_MAX_TAGS = 3_000_000  # a million characters of text in runs of five are 1.6 million
_DAMAGED = "Word 文件已损坏, 或展开后过大, 无法读取。请用 Word 或 WPS 打开并另存为 .docx, 过大的请先拆分。"
NO_WORD_FILE = "这不是 Word 文档(.docx), 里面没有正文。请用 Word 或 WPS 另存为 .docx 后再加入。"

# Namespaces of ISO 29500 Strict, which Word writes on request, and what Transitional calls the same.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", MAIN.encode()),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)


class Package:
    """The parts of the file by name; the zip's stated sizes are checked before anything is unpacked."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = open_zip(data)
        except UserError as exc:
            raise UserError(_DAMAGED) from exc
        self._infos = {_part_name(info.filename): info for info in self._zip.infolist()}

    def main_part(self) -> str:
        """Return the name of the part that holds the body."""
        main = self._related("", "officeDocument") or "word/document.xml"
        if main not in self._infos:
            raise UserError(NO_WORD_FILE)
        return main

    def related_xml(self, source: str, kind: str) -> Any:
        """Return the root of the part that `source` refers to as `kind`, or None when there is none."""
        name = self._related(source, kind) or join(dirname(source), f"{kind}.xml")
        return self.xml(name) if name in self._infos else None

    def xml(self, name: str) -> Any:
        """Return the part's root element; entities are never resolved, nothing is fetched."""
        from lxml import etree  # type: ignore[import-untyped]

        data = self._read(name)
        for strict, transitional in _STRICT:
            data = data.replace(strict, transitional)
        if data.count(b"<") > _MAX_TAGS:
            raise UserError(_DAMAGED)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError as exc:
            raise UserError(_DAMAGED) from exc

    def _read(self, name: str) -> bytes:
        info = self._infos[name]
        if is_encrypted(info):
            raise UserError("Word 文件已加密, 无法读取。请去掉密码后再加入。")
        try:
            return read_member(self._zip, info)
        except UserError as exc:
            raise UserError(_DAMAGED) from exc

    def _related(self, source: str, kind: str) -> str | None:
        rels = join(dirname(source), "_rels", source.rpartition("/")[2] + ".rels")
        if rels not in self._infos:
            return None
        for link in self.xml(rels).iter("{*}Relationship"):
            if link.get("Type", "").endswith(f"/{kind}") and link.get("TargetMode") != "External":
                return _part_name(normpath(join("/", dirname(source), link.get("Target", ""))))
        return None


def _part_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()  # some writers use backslashes, some capitals
