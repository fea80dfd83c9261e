"""Check that a sent stimulus is the built picture, and as long as the others of its item."""

import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select, update

from study.collect.padding import OVERHEAD, common_length, length_without_padding, padded
from study.collect.picture_sizes import lossless_webp
from study.collect.stimulus_files import ServedFile, StimulusFiles, Wanted, check_stimuli
from study.database.schema import Pair, Stimulus
from study.database.store import Store
from study.records import Unavailable
from tests.support.study_world import open_store

PIXELS = np.arange(300, dtype=np.uint8).reshape(10, 10, 3)
WEBP = lossless_webp(PIXELS)
PNG: bytes = cv2.imencode(".png", PIXELS)[1].tobytes()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def files(store: Store, tmp_path: Path) -> StimulusFiles:
    return StimulusFiles(store, tmp_path / "cache")


def pairs(store: Store) -> list[tuple[int, int]]:
    with store.reading() as tx:
        return [(row[0], row[1]) for row in tx.connection.execute(select(Pair.stim_lo, Pair.stim_hi))]


def lengthen(store: Store, stimulus: int, by: int) -> None:
    """Give a stimulus a length of its own, as in studies of earlier releases."""
    path = source(store, stimulus)
    data = padded(path.read_bytes(), path.stat().st_size + by)
    path.write_bytes(data)
    with store.transaction() as tx:
        change = update(Stimulus).where(Stimulus.id == stimulus)
        tx.connection.execute(change.values(sha256=sha256(data).hexdigest()))


def source(store: Store, stimulus: int) -> Path:
    with store.reading() as tx:
        row = next(row for row in tx.stimuli_beside(stimulus) if row.id == stimulus)
    return Path(row.folder, row.file)


def pixels(path: Path) -> bytes:
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture.tobytes()


@pytest.mark.parametrize("data", [PNG, WEBP], ids=["png", "webp"])
@given(more=st.integers(0, 2500))
def test_padding_changes_the_length_alone(data: bytes, more: int) -> None:
    longer = padded(data, len(data) + OVERHEAD + 2 * more)
    assert len(longer) == len(data) + OVERHEAD + 2 * more
    assert length_without_padding(longer) == length_without_padding(data) == len(data)
    before, after = (cv2.imdecode(np.frombuffer(d, np.uint8), cv2.IMREAD_COLOR) for d in (data, longer))
    assert before is not None and after is not None and np.array_equal(before, after)
    with Image.open(BytesIO(longer)) as picture:
        assert np.array_equal(np.asarray(picture)[:, :, ::-1], before)


def test_padding_cannot_be_compressed_away() -> None:
    longer = padded(PNG, len(PNG) + 10_000)
    assert len(zlib.compress(longer, 9)) > len(PNG) + 9_900


@given(st.lists(st.integers(60, 90), min_size=1))
def test_every_length_can_be_padded_to_the_common_one(lengths: list[int]) -> None:
    common = common_length(lengths)
    assert all(common == length or common >= length + OVERHEAD for length in lengths)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", PNG[:-1], PNG + b"more", WEBP[:-1], WEBP + b"more", WEBP[:12] + WEBP[30:]]
)
def test_incomplete_files_are_not_padded(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a PNG or WebP"):
        padded(data, 10_000)


def test_both_sides_of_a_pair_are_equally_long(store: Store, files: StimulusFiles) -> None:
    lengthen(store, 1, 12)
    lengthen(store, 2, 4320)
    for pair in pairs(store):
        low, high = (files.prepare(Wanted(stimulus)) for stimulus in pair)
        assert low.stat.st_size == high.stat.st_size
        for stimulus, file in zip(pair, (low, high), strict=True):
            assert file.path.stat().st_size == file.stat.st_size
            assert pixels(file.path) == pixels(source(store, stimulus))
            with Image.open(file.path) as picture:
                assert picture.format == "WEBP"


def test_pictures_of_equal_length_are_sent_from_the_study_itself(
    store: Store, files: StimulusFiles, tmp_path: Path
) -> None:
    for stimulus in (1, 2, 3, 4):
        path = source(store, stimulus)
        lengthen(store, stimulus, 500 - path.stat().st_size)
    assert files.prepare(Wanted(3)).path == source(store, 3)
    assert not (tmp_path / "cache").exists()


def test_a_second_use_is_ready(store: Store, files: StimulusFiles, tmp_path: Path) -> None:
    lengthen(store, 2, 100)
    assert files.ready(Wanted(1)) is None
    first = files.prepare(Wanted(1))
    assert files.ready(Wanted(1)) is first and files.ready(Wanted(2)) is not None
    again = StimulusFiles(store, tmp_path / "cache").prepare(Wanted(1))
    assert again.path == first.path and again.stat.st_mtime_ns == first.stat.st_mtime_ns


def broken(path: Path, way: str) -> None:
    data = path.read_bytes()
    if way == "missing":
        path.unlink()
    elif way == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif way == "empty":
        path.write_bytes(b"")
    else:  # equally long, other pixels
        path.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])


@pytest.mark.parametrize("way", ["missing", "truncated", "empty", "changed"])
def test_a_broken_file_is_never_sent(store: Store, files: StimulusFiles, way: str) -> None:
    lengthen(store, 2, 100)
    whole = source(store, 1).read_bytes()
    broken(source(store, 1), way)
    with pytest.raises(Unavailable, match="picture") as caught:
        files.prepare(Wanted(1))
    assert caught.value.reason == "damaged"
    assert check_stimuli(store, "small")[0].startswith("1 of 12 pictures of the study small")
    source(store, 1).write_bytes(whole)
    assert pixels(files.prepare(Wanted(1)).path) == pixels(source(store, 1))
    assert check_stimuli(store, "small") == []


def test_a_file_that_changes_later_is_noticed(store: Store, files: StimulusFiles) -> None:
    lengthen(store, 1, 100)
    served = files.prepare(Wanted(1))
    broken(served.path, "truncated")
    assert files.ready(Wanted(1)) is None
    assert files.prepare(Wanted(1)).stat.st_size == served.stat.st_size


def test_a_truncated_copy_is_made_again_by_the_next_process(
    store: Store, files: StimulusFiles, tmp_path: Path
) -> None:
    lengthen(store, 1, 100)
    served = files.prepare(Wanted(1))
    broken(served.path, "changed")
    again = StimulusFiles(store, tmp_path / "cache").prepare(Wanted(1))
    assert again.path == served.path and pixels(again.path) == pixels(source(store, 1))


@pytest.mark.parametrize("file", ["../secret.png", "/etc/hostname", "link.png", ".."])
def test_nothing_outside_the_folder_is_sent(store: Store, files: StimulusFiles, file: str) -> None:
    folder = source(store, 1).parent
    (folder.parent / "secret.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    with store.transaction() as tx:
        change = update(Stimulus).where(Stimulus.id == 1)
        tx.connection.execute(change.values(file=file, sha256=sha256(PNG).hexdigest()))
    with pytest.raises(Unavailable):
        files.prepare(Wanted(1))


def test_a_missing_folder_is_reported(store: Store, files: StimulusFiles) -> None:
    folder = source(store, 1).parent
    os.rename(folder, folder.with_name("elsewhere"))
    assert check_stimuli(store, "small") == [
        "The pictures of the study small are not on this machine: its folder is missing."
    ]
    with pytest.raises(Unavailable):
        files.prepare(Wanted(1))


def test_an_unknown_stimulus_is_a_key_error(files: StimulusFiles) -> None:
    with pytest.raises(KeyError):
        files.prepare(Wanted(999))


def test_a_copy_that_cannot_be_written_is_reported(store: Store, tmp_path: Path) -> None:
    lengthen(store, 1, 100)
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(Unavailable) as caught:
        StimulusFiles(store, tmp_path / "cache").prepare(Wanted(1))
    assert caught.value.reason == "damaged"


def test_files_are_prepared_once_by_many_threads(store: Store, files: StimulusFiles) -> None:
    lengthen(store, 1, 100)
    with ThreadPoolExecutor(8) as pool:
        found: set[ServedFile] = set(pool.map(lambda _: files.prepare(Wanted(1)), range(50)))
    assert len(found) == 1
