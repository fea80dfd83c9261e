"""Send the pictures of trials from disk, with nothing that tells which method made them."""

import os
from collections import OrderedDict

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.responses import FileResponse

from demo.api.road import Road, refusal
from study.collect.participation import UnknownMedia, media_stimulus
from study.collect.stimulus_files import ServedFile, StimulusFiles
from study.database.store import Store
from study.records import Unavailable

REMEMBERED = 20_000  # tokens whose stimulus is kept in memory; a token never changes its picture
HEADERS = {"Cache-Control": "private, max-age=86400, immutable"}


class Picture(FileResponse):
    """Send a file without its name, time and tag, which could tell which method made it."""

    chunk_size = 1024 * 1024  # a stimulus in one piece: every piece costs a change of threads

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        """Give the length alone."""
        self.headers.setdefault("content-length", str(stat_result.st_size))


class Pictures:
    """Find the file behind the token of a picture: in memory after the first time."""

    def __init__(self, store: Store, files: StimulusFiles) -> None:
        self._store = store
        self._files = files
        self._stimuli: OrderedDict[str, int] = OrderedDict()

    def known(self, token: str) -> ServedFile | None:
        """Return the file where both token and file were asked for before; takes microseconds."""
        stimulus = self._stimuli.get(token)
        return None if stimulus is None else self._files.ready(stimulus)

    def find(self, token: str) -> ServedFile:
        """Look the token up and prepare its file. Raises UnknownMedia, and Unavailable for a damaged file."""
        stimulus = media_stimulus(self._store, token)
        self._stimuli[token] = stimulus
        while len(self._stimuli) > REMEMBERED:
            self._stimuli.popitem(last=False)
        return self._files.ready(stimulus) or self._files.prepare(stimulus)


def media_routes(pictures: Pictures, threads: int) -> APIRouter:
    """Build the route /media/{token}."""
    router = APIRouter()
    road = Road(threads)

    @router.get("/media/{token}")
    async def media(token: str, request: Request) -> Response:
        found = pictures.known(token)
        if found is None:
            try:
                found = await road.call(lambda: pictures.find(token))
            except UnknownMedia as error:
                raise HTTPException(404) from error
            except Unavailable as error:
                return refusal(request, error)
        return Picture(found.path, media_type="image/png", headers=HEADERS, stat_result=found.stat)

    return router
