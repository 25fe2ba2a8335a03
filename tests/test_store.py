"""The index on disk: built, changed, checked, damaged, swapped; with the real encoder over small files."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from index import build
from index.build import add_documents, build_index, check_index, ensure_index, remove_document
from index.encoder import Encoder, load_encoder
from index.errors import UserError
from index.settings import Settings
from index.store import ClauseIndex, current_folder

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


def _rewrite(settings: Settings, **changed: object) -> None:
    path = current_folder(settings.index_dir) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changed), "utf-8")


def test_what_is_built_opens_checks_and_finds_by_meaning(small: Settings, encoder: Encoder) -> None:
    index = ClauseIndex.open(small, encoder)
    assert [doc.doc_id for doc in index.documents] == ["hangzhengfa-2021-7", "sufuban-2020-5"]
    assert index.manifest.counts["leaves"] == 4
    rows, _ = index.dense["clause"].search(encoder.encode_query("乱扔垃圾罚多少钱"), 4)
    assert index.clause(int(rows[0])).clause_id == "sufuban-2020-5.2"
    assert check_index(small) == []


def test_an_unchanged_file_keeps_every_id_and_hash(small: Settings, encoder: Encoder) -> None:
    before = ClauseIndex.open(small, encoder)
    after, failed = build_index(small)
    assert not failed
    assert _shas(after) == _shas(before)
    assert after.version != before.version


def test_editing_one_clause_changes_its_hash_alone(small: Settings, encoder: Encoder) -> None:
    before = _shas(ClauseIndex.open(small, encoder))
    path = small.seeds_dir / "a.txt"
    path.write_text(path.read_text("utf-8").replace("500元", "600元"), "utf-8")
    assert check_index(small) == ["源文件已改变 a.txt"]
    after = _shas(add_documents(small, [path])[0])
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {"hangzhengfa-2021-7.2"}


@pytest.mark.parametrize("name", ["sufuban-2020-5", "苏府办〔2020〕5号"])
def test_a_removed_document_is_never_found_again(small: Settings, name: str) -> None:
    index = remove_document(small, name)
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


@pytest.mark.parametrize("name", ["clauses.sqlite", "clause.faiss", "context.faiss", "sentence.faiss"])
def test_a_bit_flipped_is_named_by_check(small: Settings, name: str) -> None:
    path = current_folder(small.index_dir) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert check_index(small) == [f"文件内容已改变 {name}"]


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
        "sqlite": folder / "clauses.sqlite", "manifest": folder / "manifest.json", "format": folder / "x",
        "current": small.index_dir / "CURRENT", "cache": small.index_dir / "vectors.sqlite",
    }[harm]  # fmt: skip
    target.write_bytes(b"damage" * 100)
    if harm == "format":
        _rewrite(small, format=99)
    build_index(small)
    assert check_index(small) == []


def test_adding_to_a_damaged_index_loses_nothing_silently(small: Settings) -> None:
    path = current_folder(small.index_dir) / "clauses.sqlite"
    path.write_bytes(b"damage" * (path.stat().st_size // 6) + b"x" * (path.stat().st_size % 6))
    with pytest.raises(UserError, match="python -m index build"):
        add_documents(small, [small.seeds_dir / "a.txt"])


@pytest.mark.parametrize("stage", ["_swap", "_write_views", "_write_manifest"])
def test_a_kill_before_the_swap_leaves_the_old_index(
    small: Settings, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    before = ClauseIndex.open(small, encoder).version

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, stage, die)
    with pytest.raises(KeyboardInterrupt):
        remove_document(small, "sufuban-2020-5")
    monkeypatch.undo()
    index = ClauseIndex.open(small, encoder)
    assert (index.version, len(index.documents)) == (before, 2)
    assert check_index(small) == []
    (small.index_dir / f".new-{'0' * 32}").mkdir()
    version = build_index(small)[0].version
    folders = {path.name for path in small.index_dir.iterdir() if path.is_dir()}
    assert folders == {before, version}


def test_folders_of_others_beside_the_index_are_left_alone(small: Settings) -> None:
    (small.index_dir / "我的文件").mkdir()
    (small.index_dir / "我的文件" / "x").write_text("x")
    build_index(small)
    assert (small.index_dir / "我的文件" / "x").read_text() == "x"


def test_a_bad_file_among_good_ones_is_reported_and_what_it_gave_is_kept(small: Settings) -> None:
    (small.seeds_dir / "b.txt").write_bytes(b"\x89PNG\r\n\x1a\n")
    index, failed = build_index(small)
    assert [(path.name, "PNG" in reason) for path, reason in failed] == [("b.txt", True)]
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
    index, failed = build_index(small)
    assert not failed
    assert len(index.documents) == 5
    assert [len(index.clauses_of(doc.doc_id)) for doc in index.documents if "养老方案" in doc.title] == [2]
    assert check_index(small) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [("a.txt,colour,red", "不能设置"), ("a.txt,doc_id,甲/乙", "doc_id"), ("a.txt,kind", "没有值")],
)
def test_a_wrong_manifest_row_is_told(small: Settings, row: str, said: str) -> None:
    (small.seeds_dir / "manifest.csv").write_text(f"file,field,value\n{row}\n", "utf-8")
    _, failed = build_index(small)
    assert [said in reason for _, reason in failed] == [True]


def test_a_manifest_row_sets_what_the_file_does_not_say(small: Settings) -> None:
    (small.seeds_dir / "manifest.csv").write_text("file,field,value\na.txt,validity,废止\na.txt,doc_id,own-id\n", "utf-8")
    index, _ = build_index(small)
    assert [(doc.doc_id, doc.validity) for doc in index.documents][0] == ("own-id", "废止")
    assert index.find("own-id.1") is not None


def test_ensure_builds_once(tmp_path: Path, small: Settings) -> None:
    fresh = small.model_copy(update={"index_dir": tmp_path / "fresh"})
    ensure_index(fresh)
    version = current_folder(fresh.index_dir)
    ensure_index(fresh)
    assert current_folder(fresh.index_dir) == version
