"""Write and read the state of a run in parts: files small enough to be carried from machine to machine.

A manifest names the parts with their sizes and SHA-256. It is replaced last, so the state is complete at any
moment: either the former one or the new one.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from model.images.files import write_atomic
from model.training.composites.bad_data import BadData

PART = 16_000_000  # bytes
MANIFEST, FORMAT = "manifest.json", "harmonylab training state 1"


def write_parts(folder: Path, data: bytes, **numbers: float) -> None:
    """Write a state and its numbers, and then remove the files of the former state."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(data).hexdigest()[:12]
    parts: list[dict[str, str | int]] = []
    for start in range(0, len(data), PART):
        part = data[start : start + PART]
        name = f"{digest}-{len(parts) + 1}.part"
        write_atomic(folder / name, part)
        parts.append({"name": name, "bytes": len(part), "sha256": hashlib.sha256(part).hexdigest()})
    manifest = json.dumps({"format": FORMAT, "numbers": numbers, "parts": parts}, indent=1)
    write_atomic(folder / MANIFEST, manifest.encode())
    kept = {str(part["name"]) for part in parts}
    for file in folder.iterdir():
        if file.name not in kept and file.suffix in (".part", ".tmp"):
            file.unlink()


def read_parts(folder: Path) -> tuple[dict[str, Any], bytes]:
    """Return the numbers and the state of a folder. Raises BadData, which names the unusable part."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        names = [Path(part["name"]).name for part in manifest["parts"]]
        known = manifest["format"] == FORMAT
        numbers = {name: manifest["numbers"][name] for name in ("step", "seconds", "from_imagenet")}
    except FileNotFoundError:
        raise BadData(f"{folder.name} holds no state: {MANIFEST} is missing.") from None
    except (ValueError, KeyError, TypeError):
        raise BadData(f"{MANIFEST} in {folder.name} is damaged. Please copy it again.") from None
    if not known:
        raise BadData(f"{folder.name} holds a state of another version.")
    data = []
    for index, (name, part) in enumerate(zip(names, manifest["parts"], strict=True), 1):
        place = f"Part {index} of {len(names)} of the state, {name} in {folder.name},"
        if not (folder / name).is_file():
            raise BadData(f"{place} is missing. Please copy it again.")
        data.append((folder / name).read_bytes())
        if hashlib.sha256(data[-1]).hexdigest() != part.get("sha256"):
            raise BadData(f"{place} is damaged. Please copy it again.")
    return numbers, b"".join(data)
