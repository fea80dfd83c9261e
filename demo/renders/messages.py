"""Define the messages between the server and its child processes: pickles, each after its length.

The server starts both ends of the pipe itself; nothing from the network is unpickled.
"""

import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

LENGTH = struct.Struct("!Q")
STOP = "stop"
LOAD = "--load"  # option of a child process that is started before its setup is known


@dataclass(frozen=True)
class TaskRequest:
    """Describe a task: a function of a module, called with the result of the lane's setup and `arguments`.

    memory: bytes that it may allocate beyond what the process holds, None for no limit.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    memory: int | None = None


@dataclass(frozen=True)
class TaskResult:
    """Hold the value that a task returned, or the BadImage or KeyError for the one who waits for it."""

    value: Any = None
    error: Exception | None = None


def pack(message: object) -> bytes:
    """Return a message as bytes, after their number in 8 bytes (big-endian)."""
    data = pickle.dumps(message)
    return LENGTH.pack(len(data)) + data


def read(stream: BinaryIO) -> Any:
    """Return the next message. Raises EOFError when the other process has ended."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    return pickle.loads(stream.read(*LENGTH.unpack(head)))
