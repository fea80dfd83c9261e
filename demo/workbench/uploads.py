"""Write an upload to the session as it arrives; an interrupted one leaves nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from demo.workbench.faults import BenchFault
from demo.workbench.sessions import PARTIAL

CHUNK = 1 << 20  # bytes that are written at once


async def receive(stream: AsyncIterator[bytes], path: Path, limit: int) -> None:
    """Write a stream of bytes to a file. Raises BenchFault for an empty one and one beyond the limit."""
    partial = path.with_name(path.name + PARTIAL)
    size, waiting = 0, bytearray()
    try:
        with partial.open("xb") as file:
            async for piece in stream:
                size += len(piece)
                if size > limit:
                    text = f"This file is too large: {limit >> 20} MB are allowed. Please use a smaller one."
                    raise BenchFault(413, text)
                waiting += piece
                if len(waiting) >= CHUNK:
                    await asyncio.to_thread(file.write, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(file.write, bytes(waiting))
        if not size:
            raise BenchFault(422, "This file is empty. Please choose another one.")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
