"""Keep the votes of the server, and show organizers and operators the state of the copies."""

from collections.abc import Callable
from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from demo.api.health import Check, Finding
from demo.organizer.access import OrganizerAccess
from demo.organizer.api import NOT_ORGANIZER
from demo.settings import Settings
from study.database.connections import sqlite_file
from study.durability.durability import Durability, Place
from study.durability.status import Status

ADDRESS = "/organizer/api/durability"
NO_STORE = {"Cache-Control": "no-store"}
# Everybody can read these: they name no address.
SAFE = "Votes are kept safe."
UNSAFE = "Votes may be lost when this server restarts. The organizer's page states the reason."


def durability_of(settings: Settings) -> Durability:
    """Restore the votes where needed, before the database is opened. Raises BadStudy."""
    place = Place(
        sqlite_file(settings.database_url),
        settings.data_dir,
        settings.backup.url,
        settings.space.id,
        settings.backup.seconds,
        settings.secret_is_set,
    )
    return Durability.prepare(place)


def copies(status: Callable[[], Status]) -> Check:
    """Check that copies of votes work; an erased disk without copies is stated, and no fault."""

    def run() -> Finding:
        found = status()
        return Finding(found.working, SAFE if found.safe else UNSAFE)

    return Check("copies", run)


def durability_router(durability: Durability, access: OrganizerAccess) -> APIRouter:
    """Return the route with the state of the copies, for organizers only."""
    router = APIRouter(include_in_schema=False)

    @router.get(ADDRESS)
    def state(request: Request) -> JSONResponse:
        if access.organizer(request.headers) is None:
            error = {"code": "not_organizer", "message": NOT_ORGANIZER}
            return JSONResponse({"error": error}, status_code=403, headers=NO_STORE)
        return JSONResponse(asdict(durability.status()), headers=NO_STORE)

    return router
