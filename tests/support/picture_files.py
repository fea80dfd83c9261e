"""Make the caches of views and decoded files that the pages use, in a folder of the test."""

from pathlib import Path

from demo.pictures.picture_files import PictureFiles
from demo.pictures.view_cache import ViewCache
from model.images.decoded_files import DecodedFiles


def picture_files(folder: Path, decoded_bytes: int = 50_000_000) -> PictureFiles:
    """Return an empty cache of views in `folder`, with an empty cache of decoded files in memory."""
    return PictureFiles(ViewCache(folder / "views", "k"), DecodedFiles(decoded_bytes))
