"""Define what the server and its child processes tell each other: pickles behind their length.

Both ends are ours, and nothing that comes over the network is unpickled.
"""

import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

LENGTH = struct.Struct("!Q")
STOP = "stop"


@dataclass(frozen=True)
class Order:
    """A task: a function of a module, which is called with what `setup` returned and the arguments.

    memory: bytes that it may take beyond what the process holds already; None = no limit.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    memory: int | None = None


@dataclass(frozen=True)
class Answer:
    """What a task returned, or the error that it raised; BadImage and KeyError are passed on as they are."""

    value: Any = None
    error: Exception | None = None


def pack(message: object) -> bytes:
    """Return a message as bytes, with their number in front."""
    data = pickle.dumps(message)
    return LENGTH.pack(len(data)) + data


def read(stream: BinaryIO) -> Any:
    """Return the next message. Raises EOFError when the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    return pickle.loads(stream.read(*LENGTH.unpack(head)))
