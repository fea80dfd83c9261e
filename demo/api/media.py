"""Send the pictures of trials from disk, without anything that depends on their method."""

import os
from collections import OrderedDict

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.responses import FileResponse

from demo.api.request_threads import RequestThreads, refusal
from study.collect.participation import UnknownMedia, media_stimulus
from study.collect.stimulus_files import ServedFile, StimulusFiles
from study.database.store import Store
from study.records import Unavailable

KEPT_TOKENS = 20_000  # tokens whose stimulus is kept in memory; the picture of a token never changes
HEADERS = {"Cache-Control": "private, max-age=86400, immutable"}


class Picture(FileResponse):
    """Send a file without name, time and ETag, which may differ between methods."""

    chunk_size = 1024 * 1024  # a stimulus in one piece: each piece takes a change of threads

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        """Set the length only."""
        self.headers.setdefault("content-length", str(stat_result.st_size))


class Pictures:
    """Find the file of the token of a picture; tokens are kept in memory after the first request."""

    def __init__(self, store: Store, files: StimulusFiles) -> None:
        self._store = store
        self._files = files
        self._stimuli: OrderedDict[str, int] = OrderedDict()

    def ready(self, token: str) -> ServedFile | None:
        """Return the file where token and file were requested before, else None; takes microseconds."""
        stimulus = self._stimuli.get(token)
        return None if stimulus is None else self._files.ready(stimulus)

    def prepare(self, token: str) -> ServedFile:
        """Read the stimulus of the token and prepare its file. Raises UnknownMedia, and Unavailable."""
        stimulus = media_stimulus(self._store, token)
        self._stimuli[token] = stimulus
        while len(self._stimuli) > KEPT_TOKENS:
            self._stimuli.popitem(last=False)
        return self._files.ready(stimulus) or self._files.prepare(stimulus)


def media_routes(pictures: Pictures, threads: int) -> APIRouter:
    """Build the route /media/{token}."""
    router = APIRouter()
    pool = RequestThreads(threads)

    @router.get("/media/{token}")
    async def media(token: str, request: Request) -> Response:
        found = pictures.ready(token)
        if found is None:
            try:
                found = await pool.call(lambda: pictures.prepare(token))
            except UnknownMedia as error:
                raise HTTPException(404) from error
            except Unavailable as error:
                return refusal(request, error)
        return Picture(found.path, media_type="image/png", headers=HEADERS, stat_result=found.stat)

    return router
