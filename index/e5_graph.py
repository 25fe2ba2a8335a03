"""The ONNX graph of the encoder, written node by node: no torch, no export, no optimiser pass.

Products are of 8-bit integers: a scale for each row of activations, so that a text's vector does
not depend on its batch, and one for each output of a weight. Texts of one batch are of one length:
without a mask, onnxruntime takes its faster attention, and nothing is computed for padding.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from index.e5_tuning import Tuning
from index.e5_weights import E5Weights
from index.encoder import QUESTION, SENTENCE

_MS = "com.microsoft"  # onnxruntime's own fused operators
_Q4 = {"bits": 4, "block_size": 32}
# Codes to 64 and not to 127: processors without VNNI add two products in 16 bits, and 2 x 255 x 64 just fits. So
# every processor gives the same sums; the cosine with float32 is 0.9991, with codes to 127 0.9994.
_LARGEST_CODE = 64


class Graph:
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

    def shared(self, name: str, value: Any) -> str:
        """Return the name of a small constant, put in when it is first asked for."""
        if all(weight.name != name for weight in self.weights):
            self.constant(name, value)
        return name

    def linear(self, name: str, value: str, weight: NDArray[np.float32]) -> str:
        """Multiply rows (m, k) by a weight (n, k), both as 8-bit integers; the bias is for the caller to add."""
        codes, scales = self.coded(weight)
        one, middle = self.shared("one.float", np.float32(1)), self.shared("middle", np.uint8(128))
        last, step = self.shared("last", np.array([-1])), self.shared("step", np.float32(1 / 127))
        largest = self.add("ReduceMax", [self.add("Abs", [value]), last], keepdims=1)
        scale = self.add("Mul", [largest, step])
        rounded = self.add("QuantizeLinear", [self.add("Div", [value, scale]), one, middle])
        inputs = [
            rounded,
            self.constant(f"{name}.codes", codes.T),
            one,
            self.constant(f"{name}.scales", scales),
            middle,
        ]
        return self.add("Mul", [self.add("MatMulIntegerToFloat", inputs, _MS), scale])

    def coded(self, weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Return a weight (n, k) as integers, and the scale of each of its n outputs."""
        scales = np.abs(weight).max(axis=1) / _LARGEST_CODE
        return np.round(weight / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def write_onnx(weights: E5Weights, tuning: Tuning, path: Path, graph: Graph | None = None) -> None:
    """Write the model: `input_ids` (n, tokens) int64, texts of one length, to unit vectors.

    Each output is (n, hidden) float32: mean over the tokens, then L2. `sentence_embedding` is the model's own;
    `question_embedding` is that of its last layers as they were tuned for questions, on the same layers below.
    A `graph` of another kind multiplies in another way (eval/encoders).
    """
    graph, hidden = graph or Graph(), weights.shape.hidden
    graph.constant("rows", np.array([-1, hidden]))
    graph.constant("hidden", np.array([hidden]))
    shape = graph.add("Concat", [graph.add("Shape", ["input_ids"]), "hidden"], axis=0)
    value = graph.add("Reshape", [_embeddings(graph, weights), "rows"])
    layers = range(weights.shape.layers)
    for layer in layers[: tuning.first_layer]:
        value = _layer(graph, weights, layer, value, shape)
    tuned = value
    for layer in layers[tuning.first_layer :]:
        value = _layer(graph, weights, layer, value, shape)
        tuned = _layer(graph, weights, layer, tuned, shape, tuning)
    _pool(graph, graph.add("Reshape", [value, shape]), SENTENCE)
    _pool(graph, graph.add("Reshape", [tuned, shape]), QUESTION)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "tokens"])
    outs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", hidden]) for name in (SENTENCE, QUESTION)]
    proto = helper.make_graph(graph.nodes, "multilingual-e5-small", [ids], outs, graph.weights)
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_MS, 1)]
    onnx.save(helper.make_model(proto, opset_imports=opsets, ir_version=9), path)


def _embeddings(graph: Graph, weights: E5Weights) -> str:
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


def _layer(graph: Graph, weights: E5Weights, layer: int, value: str, shape: str, tuning: Tuning | None = None) -> str:
    """One post-norm transformer layer over rows (n * tokens, hidden); `shape` is (n, tokens, hidden)."""
    sizes, kept = weights.shape, f"l{layer}."
    at = f"tuned.{kept}" if tuning else kept  # the graph's names; `kept` is the file's

    def weight(name: str, columns: int = sizes.hidden) -> NDArray[np.float32]:
        plain = weights.q4(f"{kept}{name}.w", columns).dequantised()
        return tuning.added_to(f"{kept}{name}", plain) if tuning else plain

    def bias(*names: str) -> str:
        return graph.constant(f"{at}{names[0]}.b", np.concatenate([weights.plain(f"{kept}{n}.b") for n in names]))

    def norm(name: str, product: str, bias: str, residual: str) -> str:
        gain = [graph.constant(f"{at}{name}.{s}", weights.plain(f"{kept}{name}.{s}")) for s in "wb"]
        # Not SkipLayerNormalization, which is one operator and takes twice as long as these three.
        summed = graph.add("Add", [graph.add("Add", [product, bias]), residual])
        return graph.add("LayerNormalization", [summed, *gain], epsilon=sizes.epsilon)

    # One product for query, key and value: their input is quantised once.
    product = graph.linear(f"{at}qkv", value, np.concatenate([weight(part) for part in "qkv"]))
    qkv = [graph.add("Reshape", [part, shape]) for part in graph.split(product, [sizes.hidden] * 3)]
    context = graph.add("MultiHeadAttention", [*qkv, bias("q", "k", "v")], _MS, num_heads=sizes.heads)
    context = graph.add("Reshape", [context, "rows"])
    value = norm("aln", graph.linear(f"{at}ao", context, weight("ao")), bias("ao"), value)
    inner = graph.add("BiasGelu", [graph.linear(f"{at}fi", value, weight("fi")), bias("fi")], _MS)
    return norm("oln", graph.linear(f"{at}fo", inner, weight("fo", sizes.intermediate)), bias("fo"), value)


def _pool(graph: Graph, value: str, output: str) -> None:
    """Mean over the tokens, scaled to length one: as length one follows, their sum serves as well."""
    summed = graph.add("ReduceSum", [value, "one"], keepdims=0)
    graph.nodes.append(helper.make_node("LpNormalization", [summed], [output], f"{output}.unit", axis=-1, p=2))
