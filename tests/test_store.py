"""The index on disk: built, changed, checked, damaged, swapped; with the real encoder over small files."""

from __future__ import annotations

import gc
import hashlib
import json
import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import version, write
from index.build import add_documents, build_index, ensure_index, remove_document
from index.check import check_index, describe_problems
from index.encoder import Encoder, load_encoder
from index.errors import Damaged, UserError
from index.settings import Settings
from index.store import ClauseIndex
from index.tokens import tokenize
from index.upkeep import Outcome
from index.vector_cache import VectorCache
from index.version import current_folder

_DOCS = {
    "a.txt": "杭政发〔2021〕7号\n杭州市人民政府关于养老服务的通知\n一、新建社区食堂20个，每餐补助3元。\n二、护理员每月津贴500元。\n",
    "b.txt": "苏府办〔2020〕5号\n苏州市人民政府关于垃圾分类的通知\n一、设置回收站点100处，按时清运。\n二、违规投放的，罚款50元。\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Path:
    folder = tmp_path_factory.mktemp("索引")
    for name, text in _DOCS.items():
        (folder / "seeds" / name).parent.mkdir(exist_ok=True)
        (folder / "seeds" / name).write_text(text, "utf-8")
    build_index(_settings(folder, settings))
    return folder


@pytest.fixture(scope="module")
def encoder(settings: Settings) -> Encoder:
    return load_encoder(settings.encoder, settings.models_dir)


def _settings(folder: Path, settings: Settings) -> Settings:
    return settings.model_copy(update={"seeds_dir": folder / "seeds", "index_dir": folder / "index"})


@pytest.fixture
def small(built: Path, tmp_path: Path, settings: Settings) -> Settings:
    """Return settings of a copy that a test may change."""
    shutil.copytree(built, tmp_path / "副本")
    return _settings(tmp_path / "副本", settings)


def _shas(index: ClauseIndex) -> dict[str, str]:
    return {
        clause.clause_id: hashlib.sha256(clause.text.encode()).hexdigest()
        for _, clauses in index.corpus() for clause in clauses
    }  # fmt: skip


def _skipped(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.name, outcome.reason) for outcome in outcomes if outcome.status == "跳过"]


def _rewrite(settings: Settings, **changed: object) -> None:
    path = current_folder(settings.index_dir) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"digest": ""} | changed), "utf-8")


def test_what_is_built_opens_checks_and_finds_by_meaning(small: Settings, encoder: Encoder) -> None:
    index = ClauseIndex.open(small, encoder)
    assert [doc.doc_id for doc in index.documents] == ["hangzhengfa-2021-7", "sufuban-2020-5"]
    assert index.manifest.counts["leaves"] == 4
    rows, _ = index.dense["clause"].search(encoder.encode_query("乱扔垃圾罚多少钱"), 4)
    assert index.clause(int(rows[0])).clause_id == "sufuban-2020-5.2"
    assert check_index(small) == []


def test_an_unchanged_file_keeps_every_id_and_hash(small: Settings, encoder: Encoder) -> None:
    before = ClauseIndex.open(small, encoder)
    after, outcomes = build_index(small)
    assert {outcome.status for outcome in outcomes} == {"没有变化"}
    assert _shas(after) == _shas(before)
    assert after.version != before.version


def test_editing_one_clause_changes_its_hash_alone(small: Settings, encoder: Encoder) -> None:
    before = _shas(ClauseIndex.open(small, encoder))
    path = small.seeds_dir / "a.txt"
    path.write_text(path.read_text("utf-8").replace("500元", "600元"), "utf-8")
    (problem,) = check_index(small)
    assert problem.text == "源文件已改变 a.txt"
    assert problem.remedy == f"请运行 python -m index add {path} 更新。"
    after = _shas(add_documents(small, [path])[0])
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {"hangzhengfa-2021-7.2"}


@pytest.mark.parametrize("name", ["sufuban-2020-5", "苏府办〔2020〕5号"])
def test_a_removed_document_is_never_found_again(small: Settings, name: str) -> None:
    index, outcomes = remove_document(small, name)
    assert [(outcome.status, outcome.doc_id) for outcome in outcomes] == [("移除", "sufuban-2020-5")]
    assert [doc.doc_id for doc in index.documents] == ["hangzhengfa-2021-7"]
    assert index.find("sufuban-2020-5.2") is None
    query = index.encoder.encode_query("违规投放垃圾罚款")
    for view in index.dense.values():
        assert len(view) == len(view.search(query, 100)[0])
    rows, _ = index.dense["clause"].search(query, 100)
    assert {index.clause(int(row)).doc.doc_id for row in rows} == {"hangzhengfa-2021-7"}
    assert not index.has_word("垃圾")
    with pytest.raises(UserError, match="hangzhengfa"):
        remove_document(small, name)
    with pytest.raises(UserError, match="最后一份"):
        remove_document(small, "hangzhengfa-2021-7")


def test_labels_and_ids_name_clauses(small: Settings, encoder: Encoder) -> None:
    index = ClauseIndex.open(small, encoder)
    for name in ("hangzhengfa-2021-7.2", "杭政发〔2021〕7号 二、", "杭政发〔2021〕7号二、"):
        found = index.find(name)
        assert found
        assert found.clause_id == "hangzhengfa-2021-7.2"  # type: ignore[union-attr]
    assert index.find("") is None


def _segment(settings: Settings) -> Path:
    """Return the folder of the only segment of a small index."""
    (folder,) = current_folder(settings.index_dir).glob("seg-*")
    return folder


@pytest.mark.parametrize("name", ["clauses.sqlite", "places.npz", "clause.faiss", "context.faiss", "sentence.faiss"])
def test_a_bit_flipped_is_named_by_check(small: Settings, name: str) -> None:
    path = _segment(small) / name
    name = f"{path.parent.name}/{name}"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    problems = check_index(small)
    assert [problem.text for problem in problems] == [f"文件内容已改变 {name}"]
    assert describe_problems(problems) == f"文件内容已改变 {name}。请运行 python -m index build 重建。"
    with pytest.raises(UserError, match="已损坏"):  # signing the damage anew would hide it from check
        remove_document(small, "sufuban-2020-5")


def test_every_file_truncated_or_deleted_is_refused_by_name(small: Settings, encoder: Encoder) -> None:
    folder = current_folder(small.index_dir)
    for name in ClauseIndex.open(small, encoder).manifest.files:
        path = folder / name
        data = path.read_bytes()
        if data:
            path.write_bytes(data[:-1])
            with pytest.raises(UserError, match=name) as error:
                ClauseIndex.open(small, encoder)
            assert "python -m index build" in str(error.value)
        path.unlink()
        with pytest.raises(UserError, match=name):
            ClauseIndex.open_clauses(small)
        path.write_bytes(data)
    assert check_index(small) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"encoder": "other"}, "编码器 other"),
        ({"dimension": 5}, "5 维"),
        ({"format": 99}, "索引格式是 99"),
        ({"dictionary": "x"}, "分词词典已改变"),
        ({"extra": 1}, "索引清单缺失或损坏"),
    ],
)
def test_another_make_is_refused_with_the_remedy(
    small: Settings, encoder: Encoder, changed: dict[str, object], said: str
) -> None:
    _rewrite(small, **changed)
    with pytest.raises(UserError, match=said) as error:
        ClauseIndex.open(small, encoder)
    assert "python -m index build" in str(error.value)


@pytest.mark.parametrize("harm", ["sqlite", "manifest", "current", "cache", "format"])
def test_building_mends_any_damage(small: Settings, harm: str) -> None:
    folder = current_folder(small.index_dir)
    target = {
        "sqlite": _segment(small) / "clauses.sqlite", "manifest": folder / "manifest.json", "format": folder / "x",
        "current": small.index_dir / "CURRENT", "cache": small.index_dir / "vectors.sqlite",
    }[harm]  # fmt: skip
    target.write_bytes(b"damage" * 100)
    if harm == "format":
        _rewrite(small, format=99)
    build_index(small)
    assert check_index(small) == []


def test_adding_to_a_damaged_index_loses_nothing_silently(small: Settings) -> None:
    path = _segment(small) / "clauses.sqlite"
    path.write_bytes(b"damage" * (path.stat().st_size // 6) + b"x" * (path.stat().st_size % 6))
    with pytest.raises(UserError, match="python -m index build"):
        add_documents(small, [small.seeds_dir / "a.txt"])


@pytest.mark.parametrize("stage", ["write_segment", "join_segments", "_sign", "swap"])
def test_an_interruption_before_the_swap_leaves_the_old_index(
    small: Settings, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    before = ClauseIndex.open(small, encoder).version

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(version if stage == "swap" else write, stage, die)
    (small.seeds_dir / "b.txt").write_text(_DOCS["b.txt"].replace("50元", "60元"), "utf-8")
    with pytest.raises(KeyboardInterrupt):
        add_documents(small, [small.seeds_dir / "b.txt"])
    monkeypatch.undo()
    (small.seeds_dir / "b.txt").write_text(_DOCS["b.txt"], "utf-8")
    index = ClauseIndex.open(small, encoder)
    assert (index.version, len(index.documents)) == (before, 2)
    assert check_index(small) == []


def test_what_killed_writers_left_is_removed_by_the_next(small: Settings, encoder: Encoder) -> None:
    before = current_folder(small.index_dir)
    (small.index_dir / f".new-{'0' * 32}").mkdir()
    shutil.copytree(before, small.index_dir / "29991231T235959000000-00000000")  # whole, and never made current
    (small.index_dir / "CURRENT.new").write_text("x")
    add_documents(small, [small.seeds_dir / "a.txt"])  # which changes nothing
    assert {path.name for path in small.index_dir.iterdir() if path.is_dir()} == {before.name}
    assert not (small.index_dir / "CURRENT.new").exists()


def test_folders_of_others_beside_the_index_are_left_alone(small: Settings) -> None:
    (small.index_dir / "我的文件").mkdir()
    (small.index_dir / "我的文件" / "x").write_text("x")
    build_index(small)
    assert (small.index_dir / "我的文件" / "x").read_text() == "x"


def test_a_bad_file_among_good_ones_is_reported_and_what_it_gave_is_kept(small: Settings) -> None:
    (small.seeds_dir / "b.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    index, outcomes = build_index(small)
    assert [(name, "PNG" in reason) for name, reason in _skipped(outcomes)] == [("b.txt", True)]
    assert {doc.doc_id for doc in index.documents} == {"hangzhengfa-2021-7", "sufuban-2020-5"}
    assert index.find("sufuban-2020-5.2") is not None


def test_hard_documents_are_stored(small: Settings) -> None:
    sentence = "进一步加强服务机构建设，提高服务能力。"
    texts = {
        "twice.txt": f"某地养老方案\n一、{sentence}\n一、{sentence}\n",
        "bad\udcff.txt": f"某地教育方案\n一、{sentence}\n",
        "bytes.txt": f"某地住房方案\r\n一、{sentence}\r\n",
    }
    for name, text in texts.items():
        (small.seeds_dir / name).write_bytes(text.encode("gb18030"))
    index, outcomes = build_index(small)
    assert not _skipped(outcomes)
    assert len(index.documents) == 5
    assert [len(index.clauses_of(doc.doc_id)) for doc in index.documents if "养老方案" in doc.title] == [2]
    assert check_index(small) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [("a.txt,colour,red", "不能设置"), ("a.txt,doc_id,甲/乙", "doc_id"), ("a.txt,kind", "没有值")],
)
def test_a_wrong_manifest_row_is_told(small: Settings, row: str, said: str) -> None:
    (small.seeds_dir / "manifest.csv").write_text(f"file,field,value\n{row}\n", "utf-8")
    _, outcomes = build_index(small)
    assert [said in reason for _, reason in _skipped(outcomes)] == [True]


def test_a_manifest_row_sets_what_the_file_does_not_say(small: Settings) -> None:
    (small.seeds_dir / "manifest.csv").write_text(
        "file,field,value\na.txt,validity,废止\na.txt,doc_id,own-id\n", "utf-8"
    )
    index, _ = build_index(small)
    assert [(doc.doc_id, doc.validity) for doc in index.documents][0] == ("own-id", "废止")
    assert index.find("own-id.1") is not None


def test_ensure_builds_once(tmp_path: Path, small: Settings) -> None:
    fresh = small.model_copy(update={"index_dir": tmp_path / "fresh"})
    ensure_index(fresh)
    version = current_folder(fresh.index_dir)
    ensure_index(fresh)
    assert current_folder(fresh.index_dir) == version


@pytest.fixture
def many(tmp_path: Path) -> list[Path]:
    """Return files of documents that share words, so that frequencies count."""
    for number in range(6):
        text = f"甬政办发〔2022〕{number + 1}号\n宁波市人民政府关于第{number}项便民服务的通知\n"
        items = [f"{han}、新建{number + 3}个服务网点，每点补助{number}00元。\n" for han in "一二三"]
        (tmp_path / f"{number}.txt").write_text(text + "".join(items), "utf-8")
    return sorted(tmp_path.glob("*.txt"))


def test_an_index_changed_step_by_step_finds_as_one_built_at_once(
    small: Settings, tmp_path: Path, many: list[Path], encoder: Encoder
) -> None:
    add_documents(small, many[:4])
    many[2].write_text(many[2].read_text("utf-8").replace("网点", "驿站"), "utf-8")
    add_documents(small, [many[5], many[2]])
    changed, _ = remove_document(small, "yongzhengbanfa-2022-2")
    files = [small.seeds_dir / "a.txt", small.seeds_dir / "b.txt", many[0], many[3], many[5], many[2]]
    whole, _ = build_index(small.model_copy(update={"index_dir": tmp_path / "whole"}), files)

    assert check_index(small) == []
    assert _shas(changed) == _shas(whole)
    for question in ("新建多少个便民服务网点", "驿站补助", "社区食堂每餐补助"):
        for index in (changed, whole):
            assert index.has_word("驿站")
        vector = encoder.encode_query(question)
        for name in changed.dense:
            assert _scores(changed, changed.dense[name].search(vector, 100), name) == _scores(
                whole, whole.dense[name].search(vector, 100), name
            )
        for name in changed.sparse:
            tokens = [(token, 1.0) for token in tokenize(question)]
            assert _scores(changed, changed.sparse[name].search(tokens, 100), name) == _scores(
                whole, whole.sparse[name].search(tokens, 100), name
            )


def _clause_of_each(index: ClauseIndex) -> np.ndarray:
    """Return the row of the clause of each sentence."""
    return np.repeat(index.places.rows, np.diff(index.places.starts))  # type: ignore[attr-defined]


def _scores(index: ClauseIndex, found: tuple[np.ndarray, np.ndarray], view: str) -> list[tuple[str, float]]:
    rows = _clause_of_each(index)[np.searchsorted(index.places.sentences, found[0])] if view == "sentence" else found[0]
    return sorted((index.clause(int(row)).clause_id, round(float(s), 4)) for row, s in zip(rows, found[1], strict=True))


class _Counting(Encoder):
    """The real encoder, keeping what it is given."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimension, self._encoder = encoder.name, encoder.dimension, encoder
        self.seen: list[str] = []

    def encode_passages(self, texts, progress=False):  # type: ignore[no-untyped-def]
        self.seen += texts
        return self._encoder.encode_passages(texts, progress)

    def encode_queries(self, texts):  # type: ignore[no-untyped-def]
        return self._encoder.encode_queries(texts)


def test_adding_embeds_and_writes_only_what_is_new(
    small: Settings, many: list[Path], encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ClauseIndex.open(small, encoder)
    segments = {path.name for path in (before.folder / "lexical-clause").glob("*.store")}
    counting = _Counting(encoder)
    monkeypatch.setattr("index.build.encoder_of", lambda _: counting)
    index, _ = add_documents(small, many[:1])
    shared = {path.name for path in (index.folder / "lexical-clause").glob("*.store") if path.stat().st_nlink > 1}
    assert shared == segments
    assert any("便民服务" in text or "服务网点" in text for text in counting.seen)
    assert not [text for text in counting.seen if "社区食堂" in text or "回收站点" in text]
    assert min(index.rows_by_document["yongzhengbanfa-2022-1"]) > max(before.searchable_rows)


@pytest.mark.parametrize("harm", ["none", "bit", "page", "file"])
def test_the_vector_cache_embeds_again_only_what_it_lost(tmp_path: Path, encoder: Encoder, harm: str) -> None:
    path = tmp_path / "vectors.sqlite"
    texts = [f"第{number}条的文字" for number in range(20)]
    cache = VectorCache(path, encoder)
    vectors = cache.encode(texts, progress=False)
    cache.close()
    if harm == "bit":
        with closing(sqlite3.connect(path)) as db, db:
            (blob,) = db.execute("select vector from vectors limit 1").fetchone()
            db.execute("update vectors set vector = ? where vector = ?", (blob[:3] + b"\x7f" + blob[4:], blob))
    elif harm == "page":
        data = bytearray(path.read_bytes())
        data[4096:8192] = b"\xff" * 4096
        path.write_bytes(data)
    elif harm == "file":
        path.write_bytes(b"no database")
        path.with_name("vectors.sqlite-journal").write_bytes(b"no journal")
    counting = _Counting(encoder)
    again = VectorCache(path, counting).encode(texts, progress=False)
    assert len(counting.seen) == {"none": 0, "bit": 1, "page": 20, "file": 20}[harm]
    assert np.allclose(again, vectors, atol=1e-6)


def test_a_reader_goes_on_answering_while_five_versions_are_written(
    small: Settings, many: list[Path], encoder: Encoder
) -> None:
    before = current_folder(small.index_dir)
    assert _wrong_answers(small, many[:5], encoder) == []
    assert len(ClauseIndex.open(small, encoder).documents) == 7
    assert before.is_dir()
    gc.collect()
    add_documents(small, [many[5]])
    assert not before.exists()  # nobody holds it now


def _wrong_answers(small: Settings, files: list[Path], encoder: Encoder) -> list[object]:
    """Add the files one by one while a reader of the version before them asks; return what it answered wrong."""
    index = ClauseIndex.open(small, encoder)  # nothing is loaded yet: its files must stay
    wrong: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                rows, _ = index.dense["clause"].search(encoder.encode_query("乱扔垃圾罚多少钱"), 4)
                found = index.clause(int(rows[0])).clause_id, len(index.documents), index.has_word("便民服务")
                if found != ("sufuban-2020-5.2", 2, False):
                    wrong.append(found)
            except Exception as exc:  # noqa: BLE001
                wrong.append(exc)

    for file in files:  # a thread a version: each opens its own connection to the old one
        thread = threading.Thread(target=ask)
        thread.start()
        add_documents(small, [file])
        stop.set()
        thread.join()
        stop.clear()
    assert not index.is_current()
    assert ClauseIndex.open(small, encoder).is_current()
    return wrong


def test_a_reader_of_a_version_that_goes_while_it_opens_gets_the_next(
    small: Settings, many: list[Path], encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = iter([small.index_dir / "20000101T000000000000-00000000"])  # read from CURRENT just before the swap
    now = version.current_folder
    monkeypatch.setattr("index.local.current_folder", lambda index_dir: next(folders, None) or now(index_dir))
    assert ClauseIndex.open(small, encoder).is_current()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("update clauses set number = 9 where row = 1", "places.npz 与条款库的行不一致"),
        ("update clauses set record = replace(record, '2', '3') where row = 2", "无法读取"),
        ("update documents set head = replace(head, '2021', '2022')", "无法读取"),
        ("update bodies set body = replace(body, '500', '600')", "无法读取"),
        ("insert into spoken values ('year:2020', x'00', 0)", "无法读取"),
        ("delete from documents where number = 2", "数量不符"),
        ("delete from clauses where row = 2", "places.npz 与条款库的行不一致"),
    ],
)
def test_check_and_readers_find_what_was_changed_behind_their_back(small: Settings, harm: str, said: str) -> None:
    path = _segment(small) / "clauses.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(harm)
    folder = current_folder(small.index_dir)
    manifest, name = version.read_manifest(folder), f"{path.parent.name}/{path.name}"
    version.write_manifest(  # signed as if it had been written so
        folder,
        replace(
            manifest,
            files=manifest.files | {name: version.digest_file(path)},
            sizes=manifest.sizes | {name: path.stat().st_size},
        ),
    )
    assert said in describe_problems(check_index(small))
    if said == "无法读取":
        with pytest.raises(Damaged, match=r"clauses\.sqlite"):
            _read_all(ClauseIndex.open_clauses(small))


def _read_all(index: ClauseIndex) -> None:
    assert [clause.text for _, clauses in index.corpus() for clause in clauses]
    index.rows_speaking_of([f"year:{year}" for year in range(2000, 2030)] + ["number:苏府办〔2020〕5号"])


def test_the_sentences_and_the_documents_of_clauses_are_told_in_the_order_asked(
    small: Settings, many: list[Path], encoder: Encoder
) -> None:
    add_documents(small, many)
    remove_document(small, "sufuban-2020-5")  # a gap in the rows
    index = ClauseIndex.open(small, encoder)
    rows = np.random.default_rng(3).permutation(index.searchable_rows)

    sentences, owners = index.sentences_of(rows)
    told = [(int(sentence), int(rows[owner])) for sentence, owner in zip(sentences, owners, strict=True)]
    held = zip(index.places.sentences.tolist(), _clause_of_each(index).tolist(), strict=True)  # type: ignore[attr-defined]
    assert sorted(told) == list(held)
    assert (np.diff(owners) >= 0).all()
    documents = [index.clause(int(row)).doc.doc_id for row in rows]
    pairs = set(zip(documents, index.documents_of(rows).tolist(), strict=True))
    assert len(pairs) == len(set(documents)) == len({number for _, number in pairs})
    assert [len(part) for part in index.sentences_of(rows[:0])] == [0, 0]
