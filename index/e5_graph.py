"""The ONNX graph of the encoder, written node by node: no torch, no export, no optimiser pass.

The 4-bit codes go in as they are: onnxruntime multiplies them with activations that it
quantises per row and per block of 32, so a text's vector does not depend on its batch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from index.e5_weights import Q4, E5Weights

_MS = "com.microsoft"  # onnxruntime's own fused operators
_Q4 = {"bits": 4, "block_size": 32}
_INT8_ACTIVATIONS = 4  # MatMulNBits accuracy_level: the fastest, at a cosine of 0.9999


class _Graph:
    """Nodes and initialisers under construction; every method returns an output's name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, op: str, inputs: list[str], domain: str = "", **attributes: Any) -> str:
        out = f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [out], out, domain=domain, **attributes))
        return out

    def split(self, value: str, sizes: list[int]) -> list[str]:
        sizes_name = self.constant(f"{value}.sizes", np.array(sizes, np.int64))
        outs = [f"{value}.{i}" for i in range(len(sizes))]
        node = helper.make_node("Split", [value, sizes_name], outs, f"{value}.split", axis=-1)
        self.nodes.append(node)
        return outs

    def linear(self, name: str, value: str, weight: Q4, bias: NDArray[np.float32]) -> str:
        rows, blocks, _ = weight.packed.shape
        inputs = [
            value,
            self.constant(f"{name}.q4", weight.packed),
            self.constant(f"{name}.scale", weight.scales.astype(np.float32)),
            "",  # zero points: 8, the default
            "",
            self.constant(f"{name}.bias", bias),
        ]
        sizes = {"K": blocks * 32, "N": rows, **_Q4}
        return self.add("MatMulNBits", inputs, _MS, **sizes, accuracy_level=_INT8_ACTIVATIONS)


def write_onnx(weights: E5Weights, path: Path) -> None:
    """Write the model: `input_ids` and `attention_mask` (n, tokens) int64 to unit vectors.

    The output is `sentence_embedding`, (n, hidden) float32: mean over the mask, then L2.
    """
    graph, hidden = _Graph(), weights.shape.hidden
    value = _embeddings(graph, weights)
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.INT32)
    for layer in range(weights.shape.layers):
        value = _layer(graph, weights, layer, value, mask)
    _pool(graph, value)
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    out = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["n", hidden])
    proto = helper.make_graph(graph.nodes, "multilingual-e5-small", ids, [out], graph.weights)
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_MS, 1)]
    onnx.save(helper.make_model(proto, opset_imports=opsets, ir_version=9), path)


def _embeddings(graph: _Graph, weights: E5Weights) -> str:
    """Sum word, position and type embeddings, and normalise."""
    hidden = weights.shape.hidden
    table = weights.q4("emb.word", hidden)
    rows = table.packed.shape[0]
    data = graph.constant("emb.word.q4", table.packed.reshape(rows, hidden // 2))
    scales = graph.constant("emb.word.scale", table.scales)
    axes = {"gather_axis": 0, "quantize_axis": 1}
    words = graph.add("GatherBlockQuantized", [data, "input_ids", scales], _MS, **axes, **_Q4)
    # Every text is of token type 0, so its embedding is part of the position's.
    table_at = weights.plain("emb.pos", hidden) + weights.plain("emb.type", hidden)[0]
    at = graph.constant("emb.at", table_at)
    zero, one = (graph.constant(n, np.array([i], np.int64)) for i, n in enumerate(("zero", "one")))
    length = graph.add("Shape", ["input_ids"], start=1, end=2)
    places = graph.add("Slice", [at, zero, length, zero, one])
    summed = graph.add("Add", [graph.add("Cast", [words], to=TensorProto.FLOAT), places])
    gain = [graph.constant(f"emb.ln.{s}", weights.plain(f"emb.ln.{s}")) for s in "wb"]
    return graph.add("LayerNormalization", [summed, *gain], epsilon=weights.shape.epsilon)


def _layer(graph: _Graph, weights: E5Weights, layer: int, value: str, mask: str) -> str:
    """One post-norm transformer layer."""
    shape, at = weights.shape, f"l{layer}."

    def linear(name: str, value: str, columns: int = shape.hidden) -> str:
        weight = weights.q4(f"{at}{name}.w", columns)
        return graph.linear(at + name, value, weight, weights.plain(f"{at}{name}.b"))

    def norm(name: str, value: str, residual: str) -> str:
        gain = [graph.constant(f"{at}{name}.{s}", weights.plain(f"{at}{name}.{s}")) for s in "wb"]
        inputs = [value, residual, *gain]
        return graph.add("SkipLayerNormalization", inputs, _MS, epsilon=shape.epsilon)

    # One product for query, key and value: their input is quantised once.
    parts = [weights.q4(f"{at}{part}.w", shape.hidden) for part in "qkv"]
    fused = Q4(*(np.concatenate([getattr(p, f) for p in parts]) for f in ("packed", "scales")))
    bias = np.concatenate([weights.plain(f"{at}{part}.b") for part in "qkv"])
    qkv = graph.split(graph.linear(f"{at}qkv", value, fused, bias), [shape.hidden] * 3)
    context = graph.add("MultiHeadAttention", [*qkv, "", mask], _MS, num_heads=shape.heads)
    value = norm("aln", linear("ao", context), value)
    inner = graph.add("Gelu", [linear("fi", value)], _MS)
    return norm("oln", linear("fo", inner, shape.intermediate), value)


def _pool(graph: _Graph, value: str) -> None:
    """Mean over the tokens that the mask keeps, scaled to length one."""
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    row = graph.add("Unsqueeze", [mask, "one"])
    # Length one follows, so the sum over the kept tokens serves as well as their mean.
    summed = graph.add("MatMul", [row, value])
    flat = graph.add("Squeeze", [summed, "one"])
    normed = helper.make_node(
        "LpNormalization", [flat], ["sentence_embedding"], "unit", axis=-1, p=2
    )
    graph.nodes.append(normed)
