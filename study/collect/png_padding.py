"""Make PNG files equal in length without a change to their pixels."""

import hashlib
import zlib
from collections.abc import Collection

PADDING = b"paDd"  # the case of its letters: ancillary, private, safe to copy; decoders skip it
END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
OVERHEAD = 12  # bytes of a chunk without content: length, kind, check sum


def common_length(lengths: Collection[int]) -> int:
    """Return a length that files of these lengths can be padded to: their own where all are equal."""
    longest = max(lengths)
    return longest if min(lengths) == longest else longest + OVERHEAD


def padded(png: bytes, length: int) -> bytes:
    """Return a PNG file with one more chunk before its end. Raises ValueError for others and short lengths.

    The content of the chunk is pseudo-random: a proxy that compresses responses would shorten zeros.
    """
    if not png.endswith(END):
        raise ValueError("not a PNG file")
    if len(png) == length:
        return png
    room = length - len(png) - OVERHEAD
    if room < 0:
        raise ValueError("too short for a chunk of padding")
    body = PADDING + hashlib.shake_256(png).digest(room)
    chunk = room.to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return png[: -len(END)] + chunk + END


def length_without_padding(png: bytes) -> int:
    """Return the length that a PNG file had before it was padded."""
    place = 8  # after the signature
    while place + OVERHEAD <= len(png):
        room = int.from_bytes(png[place : place + 4], "big")
        if png[place + 4 : place + 8] == PADDING:
            return len(png) - room - OVERHEAD
        place += room + OVERHEAD
    return len(png)
