"""The form by which files are sent: each written under a name that is no path, into a folder that goes with the request."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from index.errors import UserError
from index.settings import Settings
from rag.api.errors import Unavailable
from rag.page.library.sent import make_sent
from rag.page.library.staging import safe_name

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

_TEXTS = {"replaces": "要替换的文件的编号", "fields": '更正读错的字段: {"文件名": {"title": "标题", "year": "2024"}}'}
SENT_FORM: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["files"],
        "properties": {
            "files": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "format": "binary"},
                "description": "网页、.docx、.pdf、.ofd、.txt 等, 或它们的压缩包; 可重复",
            },
            "marks": {"type": "array", "items": {"type": "string"}, "description": "预览给出的 marks; 可重复"},
            **{name: {"type": "string", "description": said} for name, said in _TEXTS.items()},
        },
    }
}
_NO_FILES = "没有文件。请把文件放在表单的 files 里。"
_BAD_FIELDS = 'fields 应为 JSON 对象: {"文件名": {"字段": "值"}}。请更正后再发。'


@dataclass(frozen=True, slots=True)
class Sent:
    """Files as they lie in a folder of their own, and what was sent beside them."""

    paths: tuple[Path, ...]
    marks: tuple[str, ...] = ()
    replaces: str = ""
    fields: dict[str, dict[str, Any]] | None = None


@asynccontextmanager
async def read_form(request: Request, settings: Settings) -> AsyncIterator[Sent]:
    """Yield what a request sends, gone afterwards; raises UserError where it holds no files."""
    from anyio.to_thread import run_sync

    with _room():
        form = await request.form(max_files=settings.upload_files, max_fields=settings.upload_files + 10)
    try:
        with TemporaryDirectory(dir=_folder(settings)) as folder:
            yield await run_sync(_written, form, Path(folder))
    finally:
        await form.close()


def _folder(settings: Settings) -> Path:
    """Return where what is sent lies, also that of a service killed meanwhile, until it is swept."""
    with _room():
        return make_sent(settings)


@contextmanager
def _room() -> Iterator[None]:
    """Tell that the disk does not take what is sent."""
    try:
        yield
    except OSError as exc:
        raise Unavailable(f"文件没有完整收到 ({exc.strerror})。请检查磁盘空间和记录文件夹的权限后再发。") from exc


def _written(form: FormData, folder: Path) -> Sent:
    from starlette.datastructures import UploadFile

    paths = []
    for number, file in enumerate(form.getlist("files")):
        if not isinstance(file, UploadFile) or not file.filename:
            raise UserError(_NO_FILES)
        path = folder / str(number) / safe_name(file.filename)  # two files may have one name
        with _room():
            path.parent.mkdir()
            with path.open("wb") as kept:
                shutil.copyfileobj(file.file, kept)
        paths.append(path)
    if not paths:
        raise UserError(_NO_FILES)
    marks = tuple(sorted(str(mark) for mark in form.getlist("marks")))
    return Sent(tuple(paths), marks, str(form.get("replaces") or ""), _fields(str(form.get("fields") or "{}")))


def _fields(text: str) -> dict[str, dict[str, Any]]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise UserError(_BAD_FIELDS) from exc
    if not isinstance(fields, dict) or not all(isinstance(given, dict) for given in fields.values()):
        raise UserError(_BAD_FIELDS)
    return fields
