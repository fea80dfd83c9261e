"""Read the files of visitors, and write a small view of each file once."""

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from demo.pictures.view_cache import ViewCache
from model.images.arrays import Picture
from model.images.decoded_files import DecodedFiles, FileIdentity
from model.images.files import preview_jpeg

PREVIEW_SIDE = 1600
MOST_VIEWS = 64


@dataclass(frozen=True)
class FileView:
    """Describe the view of a file: its name in the cache, and the height and width of the file in pixels."""

    name: str
    height: int
    width: int

    @property
    def size(self) -> tuple[int, int]:
        """Return the height and width of the file."""
        return self.height, self.width


@dataclass(frozen=True)
class PictureFiles:
    """Give the decoded pictures of files and their views, each made once while the file stays as it is."""

    views: ViewCache
    decoded: DecodedFiles
    made: "OrderedDict[FileIdentity, FileView]" = field(default_factory=OrderedDict)

    def read(self, path: str | Path) -> Picture:
        """Return the picture of a file. Raises BadImage."""
        return self.decoded.picture(path)

    def view(self, path: str | Path) -> FileView:
        """Return a JPEG view of a file, at most PREVIEW_SIDE pixels a side. Raises BadImage."""
        known = self._known(Path(path))
        if known and self.views.touch(known.name):
            return known
        picture = self.read(path)
        name = self.views.put(preview_jpeg(picture.pixels, PREVIEW_SIDE, picture.metadata.icc), ".jpg")
        made = self.made[FileIdentity.of(Path(path))] = FileView(name, *picture.size)
        while len(self.made) > MOST_VIEWS:
            self.made.popitem(last=False)
        return made

    def _known(self, path: Path) -> FileView | None:
        try:
            return self.made.get(FileIdentity.of(path))
        except OSError:
            return None
