"""Count in a render process how often each file is decoded; child processes import this module."""

from collections import Counter
from pathlib import Path
from threading import Event
from typing import Any

from PIL import ImageFile

from demo.pictures.view_cache import ViewCache
from demo.renders import tasks
from demo.renders.contexts import EditContext

DECODES: Counter[str] = Counter()


def set_up(views: ViewCache, decoded_bytes: int, stopped: Event) -> EditContext:
    """Set up the process as the server does, and count every file that Pillow decodes from then on."""
    context = tasks.set_up_edits(views, decoded_bytes, stopped)
    load = ImageFile.ImageFile.load

    def counted(self: ImageFile.ImageFile) -> Any:
        if self.tile:  # empty once the file has been decoded
            DECODES[Path(str(self.filename)).name] += 1
        return load(self)

    ImageFile.ImageFile.load = counted  # type: ignore[method-assign]
    return context


def decodes(_context: EditContext) -> Counter[str]:
    """Return the number of times that each file was decoded, by its name."""
    return DECODES
