"""Every way that is compared, each a folder of the same model with another graph, or another library on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eval.encoders.graphs import Float32, LargeCodes, PartsLeftOut, PerTensor
from eval.encoders.runtimes import OpenVino, TorchBf16
from index.e5 import MODEL, read_weights
from index.e5_graph import Graph, write_onnx
from index.e5_tuning import Tuning
from index.encoder import Encoder, OnnxEncoder, SentenceTransformersEncoder


@dataclass(frozen=True, slots=True)
class Way:
    """A way to run the encoder; `open` is given the model's folder and one to write in."""

    name: str
    title: str
    open: Callable[[Path, Path], Encoder]


def _graph(make: Callable[[], Graph]) -> Callable[[Path, Path], Encoder]:
    """Return what opens the model with another graph."""

    def opened(model: Path, folder: Path) -> Encoder:
        shutil.copytree(model, folder, ignore=shutil.ignore_patterns("model.onnx", "model.safetensors"))
        write_onnx(read_weights(), Tuning.load(), folder / MODEL, make())
        stamp = folder / Path(MODEL).parent / "built.json"
        stamp.write_text(
            json.dumps(json.loads(stamp.read_text("utf-8")) | {"sha256": folder.name.encode().hex()}), "utf-8"
        )
        return OnnxEncoder(folder)

    return opened


WAYS: tuple[Way, ...] = (
    Way("onnx-float32", "onnxruntime float32", _graph(Float32)),
    Way("in-use", "onnxruntime int8, 每输出一个比例 (现用)", lambda model, _: OnnxEncoder(model)),
    Way("int8-127", "同上, 码到 127 (须有 VNNI)", _graph(LargeCodes)),
    Way("int8-tensor", "int8, 每个权重一个比例", _graph(PerTensor)),
    Way("int8-but-fo", "int8, 前馈的第二个乘积不量化", _graph(lambda: PartsLeftOut(ends=("fo",)))),
    Way("int8-but-last", "int8, 末两层不量化", _graph(lambda: PartsLeftOut(begins=("l10.", "l11.")))),
    Way("torch-float32", "torch float32", lambda model, _: SentenceTransformersEncoder(str(model))),
    Way("torch-bf16", "torch bfloat16", lambda model, _: TorchBf16(model)),
    Way("openvino-float32", "OpenVINO float32", lambda model, _: OpenVino(model, "f32")),
    Way("openvino-bf16", "OpenVINO bfloat16", lambda model, _: OpenVino(model, "bf16")),
)
