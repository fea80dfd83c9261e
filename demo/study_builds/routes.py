"""Serve builds to organizers: make one, add files and settings, check, start, stop, delete."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from demo.monitoring.metrics import REFUSALS
from demo.organizer.access import Organizer, OrganizerAccess
from demo.study_builds.builds import Build, Builds, Task, UnknownBuild
from demo.study_builds.intake import Intake
from demo.study_builds.overview import method_of, overview, summary
from demo.study_builds.runner import Runner
from demo.workbench.answers import FaultRoute
from demo.workbench.faults import BenchFault
from model.methods import Method
from study.records import BadStudy, Unavailable

ADDRESS = "/organizer/api/builds"
NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
NOT_ORGANIZER = "Please sign in as the organizer first."
UNKNOWN = "This study in the making was deleted."
NOT_JSON = "Please send a JSON object."
NOT_UNDERSTOOD = "This address has a value that cannot be used."
MOST_PLACES = 20_000


@dataclass(frozen=True)
class Sources:
    """Hold where files of a build may come from.

    upload_bytes: of one upload. build_bytes: of all files of a build. folders: of this server that may be
    read. draft: the folder of pictures that were kept on the page Compare.
    """

    upload_bytes: int
    build_bytes: int
    folders: tuple[Path, ...]
    draft: Path


@dataclass(frozen=True)
class BuildRoutes:
    """Answer the requests of organizers about builds."""

    builds: Builds
    runner: Runner
    sources: Sources
    access: OrganizerAccess
    methods: Mapping[str, Method]

    def organizer(self, request: Request) -> Organizer:
        """Return who sent a request. Raises BenchFault for anybody but an organizer."""
        found = self.access.organizer(request.headers)
        if found is None:
            REFUSALS.labels("not_organizer").inc()
            raise BenchFault(403, NOT_ORGANIZER)
        return found

    def list(self) -> dict[str, Any]:
        """Return all builds, and what a new one can be made of."""
        return {
            "builds": [summary(one, self.runner.progress.get(one.id)) for one in self.builds.all()],
            "methods": [method_of(method) for method in self.methods.values()],
            "folders": [str(folder) for folder in self.sources.folders],
            "compare": len(list((self.sources.draft / "composite").glob("*"))),
        }

    def show(self, build: Build) -> dict[str, Any]:
        """Return all about a build."""
        return overview(self.builds, build, self.runner.progress.get(build.id))

    def intake(self, build: Build) -> Intake:
        """Return what adds files to a build. Raises BenchFault where it cannot be changed now."""
        self.runner.check_editing(build)
        return Intake(self.builds.files(build.id), self.sources.upload_bytes, self.sources.build_bytes)

    def change(self, build: Build, tables: Mapping[str, Any]) -> Build:
        """Replace tables of the settings; None deletes one. Raises BenchFault."""
        self.runner.check_editing(build)
        settings = {name: value for name, value in {**build.settings, **tables}.items() if value is not None}
        return self.builds.save(build, settings=settings, findings=None, error="")


class BuildRoute(FaultRoute):
    """Answer every fault with `{"error": {"code", "message"}}`."""

    faults = (
        (BenchFault, lambda fault: refused(fault.status, fault.message)),
        (UnknownBuild, lambda _: refused(404, UNKNOWN)),
        (BadStudy, lambda error: refused(404, str(error))),
        (Unavailable, lambda error: refused(503, str(error))),
        (RequestValidationError, lambda _: refused(422, NOT_UNDERSTOOD)),
    )


def build_routes(routes: BuildRoutes) -> APIRouter:
    """Return the routes below ADDRESS; add them before the organizer's page."""
    signed_in = Depends(routes.organizer)
    router = APIRouter(prefix=ADDRESS, route_class=BuildRoute, include_in_schema=False)
    who = Annotated[Organizer, signed_in]
    _add_builds(router, routes, who)
    _add_files(router, routes, who)
    _add_tasks(router, routes, who)
    return router


def _add_builds(router: APIRouter, routes: BuildRoutes, who: Any) -> None:
    @router.get("")
    def all_builds(organizer: who) -> Response:
        del organizer
        return json_of(routes.list())

    @router.post("")
    async def new(request: Request, organizer: who) -> Response:
        tables = await body_of(request)
        build = await asyncio.to_thread(routes.builds.new, organizer.name)
        return json_of(routes.show(await asyncio.to_thread(routes.change, build, tables)))

    @router.get("/{number}")
    def one(number: str, organizer: who) -> Response:
        del organizer
        return json_of(routes.show(routes.builds.get(number)))

    @router.post("/{number}/settings")
    async def settings(number: str, request: Request, organizer: who) -> Response:
        del organizer
        tables = await body_of(request)
        return json_of(routes.show(routes.change(routes.builds.get(number), tables)))

    @router.delete("/{number}")
    async def delete(number: str, organizer: who) -> Response:
        del organizer
        await routes.runner.cancel(number)
        await asyncio.to_thread(routes.builds.delete, number)
        return Response(status_code=204, headers=NO_STORE)


def _add_files(router: APIRouter, routes: BuildRoutes, who: Any) -> None:
    @router.put("/{number}/files/{name:path}")
    async def upload(number: str, name: str, request: Request, organizer: who) -> Response:
        del organizer
        intake = routes.intake(routes.builds.get(number))
        places = await intake.upload(name, request.stream())
        return json_of({"places": places})

    @router.post("/{number}/folder")
    async def folder(number: str, request: Request, organizer: who) -> Response:
        del organizer
        path = (await body_of(request)).get("path")
        if not isinstance(path, str) or not path.strip():
            raise BenchFault(422, "Please name a folder.")
        intake = routes.intake(routes.builds.get(number))
        await asyncio.to_thread(intake.add_folder, Path(path.strip()), routes.sources.folders)
        return json_of(routes.show(routes.builds.get(number)))

    @router.post("/{number}/compare")
    async def compare(number: str, request: Request, organizer: who) -> Response:
        del organizer
        await body_of(request)
        intake = routes.intake(routes.builds.get(number))
        await asyncio.to_thread(intake.add_draft, routes.sources.draft)
        return json_of(routes.show(routes.builds.get(number)))

    @router.post("/{number}/remove")
    async def remove(number: str, request: Request, organizer: who) -> Response:
        del organizer
        places = (await body_of(request)).get("places")
        if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
            raise BenchFault(422, "Please name the files to remove.")
        intake = routes.intake(routes.builds.get(number))
        await asyncio.to_thread(intake.remove, places[:MOST_PLACES])
        return json_of(routes.show(routes.builds.get(number)))


def _add_tasks(router: APIRouter, routes: BuildRoutes, who: Any) -> None:
    async def begin(number: str, task: Task, request: Request) -> Response:
        await body_of(request)
        build = routes.builds.get(number)
        problems = routes.show(build)["problems"]
        if problems:
            raise BenchFault(422, " ".join(problem["message"] for problem in problems))
        return json_of(routes.show(routes.runner.add(build, task)))

    @router.post("/{number}/check")
    async def check(number: str, request: Request, organizer: who) -> Response:
        del organizer
        return await begin(number, "check", request)

    @router.post("/{number}/start")
    async def start(number: str, request: Request, organizer: who) -> Response:
        del organizer
        return await begin(number, "build", request)

    @router.post("/{number}/cancel")
    async def cancel(number: str, request: Request, organizer: who) -> Response:
        del organizer
        await body_of(request)
        return json_of(routes.show(await routes.runner.cancel(number)))


async def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object in a body. Pages of other sites cannot send JSON here. Raises BenchFault."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BenchFault(415, NOT_JSON)
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise BenchFault(422, NOT_JSON) from None
    if not isinstance(found, dict):
        raise BenchFault(422, NOT_JSON)
    return found


def refused(status: int, message: str) -> JSONResponse:
    """Return the refusal of a request, with a message for people."""
    codes = {403: "not_organizer", 404: "unknown", 409: "conflict", 413: "too_large", 503: "unavailable"}
    error = {"error": {"code": codes.get(status, "not_understood"), "message": message}}
    return JSONResponse(error, status_code=status, headers=NO_STORE)


def json_of(content: Mapping[str, Any]) -> JSONResponse:
    """Return a response that no cache keeps."""
    return JSONResponse(content, headers=NO_STORE)
