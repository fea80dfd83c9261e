"""Make PNG and WebP files equal in length without a change to their pixels."""

import hashlib
import zlib
from collections.abc import Collection, Iterator

PADDING = b"paDd"  # in PNG the case of its letters means: ancillary, private, safe to copy; decoders skip it
END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
OVERHEAD = 12  # bytes of a chunk without content in PNG: length, kind, check sum; enough for WebP
WEBP_OVERHEAD = 8  # kind, length
WEBP_START = 12  # of the first chunk, after RIFF, length, WEBP


def common_length(lengths: Collection[int]) -> int:
    """Return a length that files of these lengths can be padded to: their own where all are equal."""
    longest = max(lengths)
    return longest if min(lengths) == longest else longest + OVERHEAD


def padded(data: bytes, length: int) -> bytes:
    """Return a PNG or WebP file with one more chunk. Raises ValueError for others and for short lengths.

    The content of the chunk is pseudo-random: a proxy that compresses responses would shorten zeros.
    """
    if len(data) == length:
        _check_complete(data)
        return data
    if data.endswith(END):
        return _padded_png(data, length)
    _check_complete(data)
    return _padded_webp(data, length)


def length_without_padding(data: bytes) -> int:
    """Return the length that a file had before it was padded."""
    chunks = _webp_chunks(data) if is_webp(data) else _png_chunks(data)
    return len(data) - sum(size for kind, size in chunks if kind == PADDING)


def webp_chunks(data: bytes) -> list[bytes]:
    """Return the kinds of the chunks of a WebP file, in their order."""
    return [kind for kind, _ in _webp_chunks(data)]


def is_webp(data: bytes) -> bool:
    """Return True for a WebP file."""
    return data[:4] == b"RIFF" and data[8:WEBP_START] == b"WEBP"


def _check_complete(data: bytes) -> None:
    """Raise ValueError for what is neither a whole PNG nor a whole WebP file with an extended header."""
    whole_webp = is_webp(data) and int.from_bytes(data[4:8], "little") + 8 == len(data)
    # Only files that start with VP8X may hold other chunks than those of their pixels.
    if not data.endswith(END) and not (whole_webp and data[WEBP_START:].startswith(b"VP8X")):
        raise ValueError("not a PNG or WebP file")


def _padded_png(png: bytes, length: int) -> bytes:
    body = PADDING + _content(png, length - len(png) - OVERHEAD)
    chunk = (len(body) - len(PADDING)).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return png[: -len(END)] + chunk + END


def _padded_webp(webp: bytes, length: int) -> bytes:
    room = length - len(webp) - WEBP_OVERHEAD
    if room % 2:
        raise ValueError("WebP files have an even length")
    chunk = PADDING + max(room, 0).to_bytes(4, "little") + _content(webp, room)
    return webp[:4] + (length - 8).to_bytes(4, "little") + webp[8:] + chunk


def _content(data: bytes, room: int) -> bytes:
    if room < 0:
        raise ValueError("too short for a chunk of padding")
    return hashlib.shake_256(data).digest(room)


def _png_chunks(png: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the kind of each chunk, and its length in the file."""
    place = 8  # after the signature
    while place + OVERHEAD <= len(png):
        size = int.from_bytes(png[place : place + 4], "big") + OVERHEAD
        yield png[place + 4 : place + 8], size
        place += size


def _webp_chunks(webp: bytes) -> Iterator[tuple[bytes, int]]:
    place = WEBP_START
    while place + WEBP_OVERHEAD <= len(webp):
        content = int.from_bytes(webp[place + 4 : place + 8], "little")
        size = WEBP_OVERHEAD + content + content % 2
        yield webp[place : place + 4], size
        place += size
