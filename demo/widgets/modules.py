"""Give a folder of ES modules and style sheets addresses that change with their contents."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import brotli

from demo.widgets.bundle import bundle

FOLDER = Path(__file__).parent
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class ModuleFile:
    """Hold one file and its compressed forms."""

    content: bytes
    media_type: str

    @cached_property
    def encodings(self) -> dict[str, bytes]:
        """Return the compressed forms by the name of their encoding, the smallest first."""
        if self.media_type == "image/webp":
            return {}
        return {
            "br": brotli.compress(self.content, quality=9),
            "gzip": gzip.compress(self.content, 9, mtime=0),
        }


@dataclass(frozen=True)
class ModuleFolder:
    """Hold the files of a folder by their path in it, and the address of the folder.

    address: "/assets/HASH/NAME"; the hash is that of all files, so that a browser may keep them for ever.
    """

    address: str
    files: Mapping[str, ModuleFile]

    @classmethod
    def read(cls, folder: Path) -> "ModuleFolder":
        """Read the modules, styles and drawings of a folder and of the folders in it."""
        found = {
            path.relative_to(folder).as_posix(): ModuleFile(path.read_bytes(), TYPES[path.suffix])
            for path in sorted(folder.rglob("*"))
            if path.suffix in TYPES
        }
        return cls.of(folder.name, found)

    @classmethod
    def of(cls, name: str, files: Mapping[str, ModuleFile]) -> "ModuleFolder":
        """Return a folder of this name with these files."""
        content = hashlib.sha256()
        for path, file in files.items():
            content.update(f"{path}\0{len(file.content)}\0".encode() + file.content)
        return cls(f"/assets/{content.hexdigest()[:16]}/{name}", files)

    def joined(self, name: str) -> "ModuleFolder":
        """Return a folder with one module and one style sheet of this name, made of all in this one.

        Sixty requests take seconds on a slow line. Raises ValueError and KeyError as `bundle` does.
        """
        texts = {path: file.content.decode() for path, file in self.files.items()}
        parts = {
            ".js": bundle(texts, f"{name}.js"),
            ".css": "\n".join(text for path, text in texts.items() if path.endswith(".css")),
        }
        files = {name + suffix: ModuleFile(text.encode(), TYPES[suffix]) for suffix, text in parts.items()}
        return self.of(self.address.rpartition("/")[2], files)


@cache
def recognizer() -> ModuleFolder:
    """Return the module of the workbench that finds out what a file is, for other pages."""
    script = ModuleFile((FOLDER / "workbench" / "files" / "recognize.js").read_bytes(), TYPES[".js"])
    return ModuleFolder.of("recognizer", {"recognize.js": script})


@cache
def organizer_modules() -> ModuleFolder:
    """Return the organizer's page as one module and one style sheet, main.js and main.css, made once."""
    return ModuleFolder.read(FOLDER / "organizer").joined("main")


@cache
def workbench_modules() -> ModuleFolder:
    """Return the workbench as one module and one style sheet, main.js and main.css, made once."""
    return ModuleFolder.read(FOLDER / "workbench").joined("main")
