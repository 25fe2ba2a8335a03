"""An index of a few documents, others that are to come, and what must hold of it whatever happened."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
_SUBJECTS = ("老年食堂", "社区托育点", "停车楼", "公共厕所", "健身步道", "菜市场", "公交站亭", "口袋公园")
_OLD = 3  # of the subjects; the others come
_OURS = {"CURRENT", "writer.lock", "vectors.sqlite", "changes.jsonl", "errors.log"}
_VERSION = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Place:
    """A folder with an index, the files it is of, and those that are to be added."""

    folder: Path

    @property
    def index_dir(self) -> Path:
        return self.folder / "index"

    @property
    def records_dir(self) -> Path:
        return self.folder / "records"

    @property
    def seeds(self) -> Path:
        return self.folder / "seeds"

    @property
    def incoming(self) -> Path:
        return self.folder / "in"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a program that works here, and of no other place."""
        given = {key: value for key, value in os.environ.items() if not key.startswith("CLAUSE_")}
        own = {"INDEX_DIR": self.index_dir, "SEEDS_DIR": self.seeds, "RECORDS_DIR": self.records_dir}
        given |= {f"CLAUSE_{name}": str(path) for name, path in own.items()}
        return given | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "RUST_BACKTRACE": "0"}

    @classmethod
    def make(cls, folder: Path) -> Place:
        """Write the files; there is no index yet."""
        place = cls(folder)
        for number, subject in enumerate(_SUBJECTS):
            path = (place.seeds if number < _OLD else place.incoming) / f"{subject}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_document(number), "utf-8")
        return place

    def copy(self, folder: Path) -> Place:
        """Return a copy in another folder, in place of what is there."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        return Place(folder)


OLD = frozenset(_SUBJECTS[:_OLD])
NEW = frozenset(_SUBJECTS[_OLD:])


def question_of(subject: str) -> str:
    return f"{subject}每处补助多少钱?"


def amount_of(subject: str) -> str:
    """Return what the document about a subject says, and no other does."""
    return f"{41 + 7 * _SUBJECTS.index(subject)}万元"


def number_of(subject: str) -> str:
    """Return the 文号 of the document about a subject."""
    return f"甬政办发〔2022〕{_SUBJECTS.index(subject) + 11}号"


def look(place: Place, seed: int = 0) -> dict[str, Any]:
    """Return what a program that is started now finds: {"held", "problems", "answers", "left"}; raises what it raises.

    It asks for one document that is held and for one that is not.
    """
    os.environ.update(place.environment)
    sys.path.insert(0, str(ROOT))
    from index.check import check_index
    from index.settings import load_settings
    from index.store import ClauseIndex
    from rag.chain import build_chain
    from rag.types import Question
    from tests.faults.seed import dice

    settings = load_settings()
    index = ClauseIndex.open(settings)
    held = {subject for subject in _SUBJECTS if any(subject in doc.title for doc in index.documents)}
    asked = [dice("asked", seed).choice(sorted(some)) for some in (held, set(_SUBJECTS) - held) if some]
    chain = build_chain(index, settings)
    return {
        "held": sorted(held),
        "documents": len(index.documents),
        "problems": [problem.text for problem in check_index(settings)],
        "answers": {subject: chain.invoke(Question(question_of(subject))).answer for subject in asked},
        "left": left_over(place),
    }


def left_over(place: Place) -> list[str]:
    """Return what lies in the index's folder and should not: all but two versions and the files beside them."""
    names = {path.name for path in place.index_dir.iterdir()}
    versions = sorted(name for name in names if _VERSION.fullmatch(name))
    return sorted(names - _OURS - set(versions)) + versions[:-2]


def must_be_whole(found: dict[str, Any], *allowed: frozenset[str]) -> frozenset[str]:
    """Return what is held, once that is one of the sets allowed, whole, and answered from rightly."""
    told = json.dumps(found, ensure_ascii=False)
    held = frozenset(found["held"])
    assert held in allowed and found["documents"] == len(held), told
    assert found["problems"] == [], told
    for subject, answer in found["answers"].items():
        assert (amount_of(subject) in answer) == (subject in held), told
    return held


def _document(number: int) -> str:
    subject = _SUBJECTS[number]
    return (
        f"{number_of(subject)}\n宁波市人民政府办公室关于加强{subject}建设的通知\n各区县（市）人民政府：\n"
        f"一、{subject}由区县（市）统一规划，选址应当征求居民意见，方便群众使用。\n"
        f"二、新建{subject}每处补助{amount_of(subject)}，由市财政局在验收合格后拨付。\n"
        f"三、{subject}每年检查{number + 2}次，检查结果向社会公布。\n宁波市人民政府办公室\n2022年3月{number + 1}日\n"
    )
