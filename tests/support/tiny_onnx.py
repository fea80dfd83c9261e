"""Write an ONNX file of two layers byte by byte, without the package onnx."""

import struct
from collections.abc import Sequence
from pathlib import Path

FLOAT = 1
IR_VERSION, OPSET = 8, 13


def number(field: int, value: int) -> bytes:
    """Encode a field with a whole number below 2^14, as Protocol Buffers do."""
    low = bytes([value]) if value < 128 else bytes([value % 128 + 128, value // 128])
    return bytes([field * 8]) + low


def message(field: int, *parts: bytes | str) -> bytes:
    """Encode a field that holds text or other fields."""
    content = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return bytes([field * 8 + 2]) + number(0, len(content))[1:] + content


def tensor(name: str, shape: Sequence[int], values: Sequence[float]) -> bytes:
    """Encode a constant float tensor."""
    dims = b"".join(number(1, size) for size in shape)
    return message(
        5, dims, number(2, FLOAT), message(8, name), message(9, struct.pack(f"<{len(values)}f", *values))
    )


def value(field: int, name: str, shape: Sequence[int]) -> bytes:
    """Encode the description of a float input or output."""
    dims = b"".join(message(1, number(1, size)) for size in shape)
    return message(field, message(1, name), message(2, message(1, number(1, FLOAT), message(2, dims))))


def node(kind: str, inputs: Sequence[str], output: str) -> bytes:
    """Encode an operator with its inputs and its output."""
    names = b"".join(message(1, name) for name in inputs)
    return message(1, names, message(2, output), message(3, output), message(4, kind))


def save_weighted_sum(path: Path, weights: Sequence[float], side: int) -> Path:
    """Write a model from 1×3×side×side to the sigmoid of the weighted sum of channels, 1×1×side×side."""
    graph = message(
        7,
        node("Conv", ["image", "weights"], "sum"),
        node("Sigmoid", ["sum"], "score"),
        message(2, "sum"),
        tensor("weights", (1, 3, 1, 1), weights),
        value(11, "image", (1, 3, side, side)),
        value(12, "score", (1, 1, side, side)),
    )
    path.write_bytes(number(1, IR_VERSION) + message(8, message(1, ""), number(2, OPSET)) + graph)
    return path
