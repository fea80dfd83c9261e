"""Send the pictures of trials from disk, without anything that depends on their method."""

import os
from collections import OrderedDict
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from starlette.responses import FileResponse

from demo.api.request_threads import RequestThreads, refusal
from study.collect.participation import UnknownMedia, media_picture
from study.collect.stimulus_files import ServedFile, StimulusFiles, Wanted
from study.database.store import Store
from study.records import Unavailable

KEPT_TOKENS = 20_000  # tokens whose stimulus is kept in memory; the picture of a token never changes
MEDIA_TYPES = {".png": "image/png", ".webp": "image/webp"}  # all pictures of an item have one format
Width = Annotated[int, Query(ge=0, le=10_000)]
HEADERS = {"Cache-Control": "private, max-age=86400, immutable"}


class Picture(FileResponse):
    """Send a file without name, time and ETag, which may differ between methods."""

    chunk_size = 1024 * 1024  # a stimulus in one piece: each piece takes a change of threads

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        """Set the length only."""
        self.headers.setdefault("content-length", str(stat_result.st_size))


class Pictures:
    """Find the file of the token of a picture; tokens are kept in memory after the first request.

    width: of a stored size of the picture, 0 for the largest. A browser chooses it by its screen.
    """

    def __init__(self, store: Store, files: StimulusFiles) -> None:
        self._store = store
        self._files = files
        self._pictures: OrderedDict[str, Wanted] = OrderedDict()

    def ready(self, token: str, width: int) -> ServedFile | None:
        """Return the file where token and file were requested before, else None; takes microseconds."""
        picture = self._pictures.get(token)
        return None if picture is None else self._files.ready(replace(picture, width=width))

    def prepare(self, token: str, width: int) -> ServedFile:
        """Read the picture of the token and prepare its file. Raises UnknownMedia, and Unavailable."""
        picture = media_picture(self._store, token)
        self._pictures[token] = picture
        while len(self._pictures) > KEPT_TOKENS:
            self._pictures.popitem(last=False)
        wanted = replace(picture, width=width)
        try:
            return self._files.ready(wanted) or self._files.prepare(wanted)
        except KeyError:
            raise UnknownMedia(token) from None


def media_routes(pictures: Pictures, threads: int) -> APIRouter:
    """Build the route /media/{token}."""
    router = APIRouter()
    pool = RequestThreads(threads)

    @router.get("/media/{token}")
    async def media(token: str, request: Request, width: Width = 0) -> Response:
        found = pictures.ready(token, width)
        if found is None:
            try:
                found = await pool.call(lambda: pictures.prepare(token, width))
            except UnknownMedia as error:
                raise HTTPException(404) from error
            except Unavailable as error:
                return refusal(request, error)
        kind = MEDIA_TYPES[found.path.suffix]
        return Picture(found.path, media_type=kind, headers=HEADERS, stat_result=found.stat)

    return router
