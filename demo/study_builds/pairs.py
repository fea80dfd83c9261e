"""Show organizers every pair of a study with the names of its methods, and let them rehearse it."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response

from demo.api.rehearsal import Rehearsals
from demo.monitoring.metrics import REFUSALS
from demo.organizer.access import Organizer, OrganizerAccess
from demo.study_builds.routes import NOT_ORGANIZER, BuildRoute, body_of, json_of
from demo.workbench.faults import BenchFault
from study.collect.stimulus_files import StimulusFiles, Wanted
from study.database import pair_queries
from study.database.store import Store

ADDRESS = "/organizer/api/studies/{slug}/{version}"
NO_PAIR = "There is no such pair in this study."
# Pictures of a version never change. Shared caches must not keep what only organizers may see.
HEADERS = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
Side = Literal["first", "second"]


@dataclass(frozen=True)
class PairPreview:
    """Find pairs and their pictures."""

    store: Store
    files: StimulusFiles
    access: OrganizerAccess
    rehearsals: Rehearsals

    def organizer(self, request: Request) -> Organizer:
        """Return who sent a request. Raises BenchFault for anybody but an organizer."""
        found = self.access.organizer(request.headers)
        if found is None:
            REFUSALS.labels("not_organizer").inc()
            raise BenchFault(403, NOT_ORGANIZER)
        return found

    def pairs(self, slug: str, version: int) -> dict[str, Any]:
        """Return all pairs of a version, and the pictures shown at a time. Raises BadStudy."""
        with self.store.reading() as tx:
            study = tx.study(slug, version)
            found = pair_queries.pairs_of(tx, study.id)
        return {"pairs": [asdict(pair) for pair in found], "pictures": study.pictures}

    def picture(self, slug: str, version: int, pair: int, side: Side) -> Response:
        """Return the picture of one side. Raises BadStudy, Unavailable, and BenchFault."""
        with self.store.reading() as tx:
            stimulus = pair_queries.stimulus_of(tx, tx.study(slug, version).id, pair, side)
        if stimulus is None:
            raise BenchFault(404, NO_PAIR)
        wanted = Wanted(stimulus)
        file = self.files.ready(wanted) or self.files.prepare(wanted)
        return FileResponse(file.path, headers=HEADERS)

    def rehearsal(self, slug: str, version: int) -> dict[str, Any]:
        """Return an address at which a version can be gone through; nothing of it counts. Raises BadStudy."""
        with self.store.reading() as tx:
            study = tx.study(slug, version)
        return {"address": self.rehearsals.address(study.slug, study.version)}


def pair_routes(preview: PairPreview) -> APIRouter:
    """Return the routes of the pairs of all studies."""
    router = APIRouter(prefix=ADDRESS, route_class=BuildRoute, include_in_schema=False)
    who = Annotated[Organizer, Depends(preview.organizer)]

    @router.get("/pairs")
    def pairs(slug: str, version: int, organizer: who) -> Response:
        del organizer
        return json_of(preview.pairs(slug, version))

    @router.get("/pairs/{pair}/{side}")
    def picture(slug: str, version: int, pair: int, side: Side, organizer: who) -> Response:
        del organizer
        return preview.picture(slug, version, pair, side)

    @router.post("/rehearsal")
    async def rehearsal(slug: str, version: int, request: Request, organizer: who) -> Response:
        del organizer
        await body_of(request)
        return json_of(await asyncio.to_thread(preview.rehearsal, slug, version))

    return router
