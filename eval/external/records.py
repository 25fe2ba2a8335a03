"""The records of a JSON array or of JSON lines, one at a time: a set may be larger than memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from index.errors import UserError

_CHUNK = 1 << 16
_BETWEEN = re.compile(r"[\s,\[\]]*")  # what stands between two records, and around them all
_LONGEST_WORD = 12  # `false`, or `\ud83d\ude00`: an error that near the end of what was read may be only the end of it


@dataclass(frozen=True, slots=True)
class Record:
    """One object of a file, and the line it begins on."""

    file: str
    line: int
    values: dict[str, Any]

    def text(self, name: str) -> str:
        """Return a field that must be a text with something in it; raises UserError naming the line."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"缺少 {name}, 或者它不是文字")
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a field that is a text or a list of texts, without the empty ones; raises UserError naming the line."""
        value = self.values.get(name)
        several = [value] if isinstance(value, str) else value
        if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
            raise self.error(f"缺少 {name}, 或者它不是文字的列表")
        return tuple(one.strip() for one in several if one.strip())

    def error(self, what: str) -> UserError:
        """Return the error that says what is wrong with this record."""
        return UserError(f"{self.file} 第 {self.line} 行的记录有误: {what}。请更正, 或重新下载这个文件。")


def read_records(path: Path) -> Iterator[Record]:
    """Yield the objects of a file; raises UserError, with the line, for what is no JSON, no object, or cut short."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line, value in _values(file, path.name):
                if not isinstance(value, dict):
                    raise UserError(f"{path.name} 第 {line} 行: 应是一个 JSON 对象 {{…}}。请核对是否下载了正确的文件。")
                yield Record(path.name, line, value)
    except OSError as exc:
        raise UserError(f"无法读取 {path}: {exc.strerror or exc}。请检查路径。") from exc
    except UnicodeDecodeError as exc:
        raise UserError(f"{path.name} 不是 UTF-8 编码。请重新下载, 或另存为 UTF-8。") from exc


def _values(file: TextIO, name: str) -> Iterator[tuple[int, Any]]:
    """Yield each value with its line; what was read and not yet used is kept until a value is whole."""
    decode = json.JSONDecoder().raw_decode
    text, at, line, ended, depth = "", 0, 1, False, 0
    while True:
        gap = _BETWEEN.match(text, at)
        if gap:
            line, at = line + gap[0].count("\n"), gap.end()
            depth += gap[0].count("[") - gap[0].count("]")
        if at < len(text):
            try:
                value, end = decode(text, at)
            except json.JSONDecodeError as exc:
                if ended or not _may_go_on(exc, text):
                    raise _broken(name, line, line + text.count("\n", at, exc.pos), _is_cut(exc, text)) from exc
            else:
                yield line, value
                line, at = line + text.count("\n", at, end), end
                continue
        elif ended:
            if depth > 0:
                raise _broken(name, line, line, is_cut=True)
            return
        more = file.read(max(_CHUNK, len(text) - at))
        text, at, ended = text[at:] + more, 0, not more


def _may_go_on(error: json.JSONDecodeError, text: str) -> bool:
    """True if the error may come only of what was not yet read."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(text) - _LONGEST_WORD


def _is_cut(error: json.JSONDecodeError, text: str) -> bool:
    """True if the error, of a file read to its end, is that something should follow."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip())


def _broken(name: str, first: int, line: int, is_cut: bool) -> UserError:
    place = f"第 {first} 行" + (f"起的记录, 到第 {line} 行" if line > first else "")
    what = "文件不完整" if is_cut else "不是有效的 JSON"
    return UserError(f"{name} {place}{what}。请更正, 或重新下载这个文件。")
