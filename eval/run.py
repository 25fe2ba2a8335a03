"""Ask every golden question of some sets through the real chain, and score what comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.accepted import load_accepted
from eval.ask import Asker
from eval.corpora import settings_of_each
from eval.fingerprints import fingerprints_of, moved
from eval.golden import Golden, check_golden, load_golden
from eval.metrics import Scored, score
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex


@dataclass(frozen=True, slots=True)
class SetRun:
    """A golden set with its answers scored, and the index that they came from."""

    name: str
    index: ClauseIndex = field(repr=False)
    scored: tuple[Scored, ...]


def run_sets(settings: Settings, names: Sequence[str]) -> list[SetRun]:
    """Return the scored answers of each set; raises UserError if a set is at fault, before any question is asked."""
    sets = [(name, load_golden(name)) for name in dict.fromkeys(names)]
    return [_run_set(*opened) for opened in list(_opened(settings, sets))]


def settings_for(settings: Settings, mode: str, encoder: str | None = None) -> Settings:
    """Return the settings of a mode, and of another encoder; raises UserError if a model is wanted and none is set."""
    if encoder:
        settings = _with_encoder(settings, encoder)
    if mode == "extractive":
        return settings.model_copy(update={"llm_base_url": None, "llm_model": None})
    if not (settings.llm_base_url and settings.llm_model):
        raise UserError(
            "generative 需要大模型接口: 请设置 CLAUSE_LLM_BASE_URL 和 CLAUSE_LLM_MODEL, 或改用 --mode extractive。"
        )
    return settings


def _with_encoder(settings: Settings, encoder: str) -> Settings:
    """Return the settings with another encoder, whose index is built in a folder of its own beside the one in use."""
    from index.build import build_index

    slug = re.sub(r"[^\w.-]+", "-", encoder).strip("-.")[-60:]
    folder = settings.index_dir.parent / "encoders" / slug / settings.index_dir.name
    prefix = f"{settings.milvus_prefix}_{re.sub('[^A-Za-z0-9]', '_', slug)}"
    own = settings.model_copy(update={"encoder": encoder, "index_dir": folder, "milvus_prefix": prefix})
    build_index(own)
    return own


_Opened = tuple[str, list[Golden], ClauseIndex, Asker]


def _opened(settings: Settings, sets: Sequence[tuple[str, list[Golden]]]) -> Iterator[_Opened]:
    """Yield each set with its index open and its questions checked; sets of one corpus share an index."""
    opened: dict[str, tuple[ClauseIndex, Asker]] = {}
    own = settings_of_each(settings, [name for name, _ in sets])
    for name, questions in sets:
        folder = str(own[name].index_dir)
        if folder not in opened:
            index = ClauseIndex.open(own[name])
            opened[folder] = index, Asker(index, own[name])
        index, asker = opened[folder]
        if problems := check_golden(questions, index):
            raise UserError(f"评测集 {name} 有 {len(problems)} 处错误, 例如 {problems[0]}。{_elsewhere(index)}")
        yield Path(name).stem if name.endswith(".jsonl") else name, questions, index, asker


def _elsewhere(index: ClauseIndex) -> str:
    """Return which clause IDs mean another clause than when a run was last accepted: then it is no fault of the set."""
    accepted = load_accepted()
    found = moved(accepted["fingerprints"], fingerprints_of(index)) if accepted else {}
    named = "; ".join(f"{name} 现在是原来的 {old}" for name, old in found.items())
    return f"索引里 {len(found)} 个条款号指的不再是原来的条款: {named}。" if found else "请更正评测集后重试。"


def _run_set(name: str, questions: Sequence[Golden], index: ClauseIndex, asker: Asker) -> SetRun:
    from tqdm import tqdm

    index.warm()  # else the first question is timed with what all of them share
    places = {doc.doc_id: (doc.adcode, doc.year) for doc in index.documents}
    scored = []
    for golden in tqdm(questions, desc=f"评测 {name}", unit="问", disable=None):
        answer, retrieved = asker.ask(golden)
        scored.append(score(golden, answer, places, retrieved))
    return SetRun(name, index, tuple(scored))
