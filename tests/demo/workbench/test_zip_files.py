"""Check that zip files of strangers are unpacked within limits, and nothing leads out of them."""

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest

from demo.workbench.zip_files import ZipLimit, is_safe, pack, unpack

MOST = 1 << 20


def write_zip(path: Path, *entries: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def unpacked(path: Path, target: Path, most: int = MOST) -> dict[str, bytes]:
    """Unpack all files to numbered ones, and return contents by name."""
    target.mkdir(exist_ok=True)
    names: list[str] = []

    def wanted(name: str) -> io.BufferedWriter:
        names.append(name)
        return (target / str(len(names) - 1)).open("xb")

    unpack(path, "photos.zip", wanted, most)
    return {name: (target / str(number)).read_bytes() for number, name in enumerate(names)}


def test_files_come_out_as_they_were(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", ("composite/a.jpg", b"one"), ("mask/a.png", os.urandom(100_000)))
    files = unpacked(path, tmp_path / "out")
    assert files["composite/a.jpg"] == b"one" and len(files["mask/a.png"]) == 100_000


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "a/../../b.png", "..\\b.png", "C:\\b.png", "\\\\server\\b.png"],
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert not is_safe(name)
    path = write_zip(tmp_path / "a.zip", ("good.png", b"x"), (name, b"x"))
    with pytest.raises(ZipLimit, match=r"photos\.zip has a file whose name leads out of the zip"):
        unpacked(path, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_bomb_is_stopped_at_the_limit(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", ("a.png", bytes(50_000_000)), ("b.png", bytes(50_000_000)))
    assert path.stat().st_size < 200_000
    with pytest.raises(ZipLimit, match="holds more than 1 MB when unpacked"):
        unpacked(path, tmp_path / "out")
    assert sum(file.stat().st_size for file in (tmp_path / "out").iterdir()) <= MOST


def test_sizes_that_the_zip_states_are_not_believed(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", ("a.png", bytes(5_000_000)))
    data = path.read_bytes().replace(struct.pack("<I", 5_000_000), struct.pack("<I", 100))
    path.write_bytes(data)
    with pytest.raises(ZipLimit):
        unpacked(path, tmp_path / "out")
    assert sum(file.stat().st_size for file in (tmp_path / "out").iterdir()) <= MOST


def test_entries_that_overlap_unpack_to_the_limit_at_most(tmp_path: Path) -> None:
    """A small file whose table names the same bytes many times."""
    path = write_zip(tmp_path / "a.zip", ("0.png", bytes(900_000)))
    with zipfile.ZipFile(path, "a") as archive:
        first = archive.infolist()[0]
        for number in range(1, 50):
            copy = zipfile.ZipInfo(f"{number}.png")
            for field in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(copy, field, getattr(first, field))
            archive.filelist.append(copy)
        archive._didModify = True  # type: ignore[attr-defined]
    with pytest.raises(ZipLimit):
        unpacked(path, tmp_path / "out")
    assert sum(file.stat().st_size for file in (tmp_path / "out").iterdir()) <= MOST


def test_many_files_are_refused_before_the_table_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "a.zip", *((f"{number}.png", b"") for number in range(2001)))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(ZipLimit, match="has more than 2000 files"):
        unpacked(path, tmp_path / "out")


def test_a_table_that_states_few_files_but_is_long_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", *((f"{'n' * 900}{number}.png", b"") for number in range(1500)))
    data = bytearray(path.read_bytes())
    struct.pack_into("<HH", data, data.rfind(b"PK\5\6") + 8, 3, 3)
    path.write_bytes(data)
    with pytest.raises(ZipLimit, match="has more than 2000 files"):
        unpacked(path, tmp_path / "out")


def test_links_are_left_out(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert unpacked(tmp_path / "a.zip", tmp_path / "out") == {}


@pytest.mark.parametrize("damage", ["cut", "noise", "content", "text", "empty", "other compression"])
def test_damaged_files_are_refused_in_words(tmp_path: Path, damage: str) -> None:
    path = write_zip(tmp_path / "a.zip", ("a.png", os.urandom(10_000)), ("b.png", b"b" * 10_000))
    data = bytearray(path.read_bytes())
    if damage == "cut":
        data = data[:-30]
    elif damage == "noise":
        data[-120:-40] = os.urandom(80)
    elif damage == "content":
        data[200:400] = os.urandom(200)
    elif damage in ("text", "empty"):
        data = bytearray(b"Hello" if damage == "text" else b"")
    else:
        path = write_zip(tmp_path / "a.zip", ("a.png", b"a" * 1000), kind=zipfile.ZIP_LZMA)
        data = bytearray(path.read_bytes())
    path.write_bytes(data)
    with pytest.raises(ZipLimit, match=r"photos\.zip"):
        unpacked(path, tmp_path / "out")


def test_a_password_is_named(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", ("a.png", b"x"))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ZipLimit, match="protected by a password"):
        unpacked(path, tmp_path / "out")


def test_results_are_packed_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"1")
    pack(tmp_path / "a.zip", [("folder/a.png", tmp_path / "one")])
    assert unpacked(tmp_path / "a.zip", tmp_path / "out") == {"folder/a.png": b"1"}
    with pytest.raises(FileNotFoundError):
        pack(tmp_path / "b.zip", [("a.png", tmp_path / "one"), ("b.png", tmp_path / "missing")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "one", "out"]
