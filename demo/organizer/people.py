"""Serve the people of a study by their codes; reject and restore them, write notes, set answers aside."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from demo.organizer.api import who
from demo.organizer.studies import PATH, answer
from study.database.store import Store
from study.manage import ids, people


class Act(BaseModel):
    """Hold what is done to a participant; text: the reason of a rejection, or the note."""

    model_config = ConfigDict(extra="forbid")
    action: Literal["reject", "restore", "note"]
    text: Annotated[str, Field(max_length=people.LONGEST_NOTE)] = ""


@dataclass(frozen=True)
class PeopleRoutes:
    """Answer requests about participants; the routes run in threads."""

    store: Store

    def list(self, slug: str, version: int) -> JSONResponse:
        """Return everybody, the last who enrolled first."""
        found = people.people(self.store, slug, version)
        return answer({"people": [{**asdict(one), "to_pay": one.to_pay} for one in reversed(found)]})

    def act(self, slug: str, version: int, code: str, wanted: Act, request: Request) -> JSONResponse:
        """Reject or restore a participant, or replace the note."""
        name = who(request)
        if wanted.action == "reject":
            people.reject(self.store, slug, version, code, name, wanted.text)
        elif wanted.action == "restore":
            people.restore(self.store, slug, version, code, name)
        else:
            people.add_note(self.store, slug, version, code, name, wanted.text)
        return answer({"ok": True})

    def pilot(self, slug: str, version: int, request: Request) -> JSONResponse:
        """Set the answers so far aside."""
        return answer({"people": people.set_aside_pilot(self.store, slug, version, who(request))})

    def delete_pilot(self, slug: str, version: int, request: Request) -> JSONResponse:
        """Delete the answers that were set aside."""
        return answer({"people": people.delete_pilot(self.store, slug, version, who(request))})

    def erase_ids(self, slug: str, version: int, request: Request) -> JSONResponse:
        """Erase the ids of a recruitment service."""
        return answer({"people": ids.erase_ids(self.store, slug, version, who(request))})


def people_router(store: Store) -> APIRouter:
    """Return the routes, to be mounted in `organizer_api`."""
    routes = PeopleRoutes(store)
    router = APIRouter()
    router.add_api_route(f"{PATH}/participants", routes.list, methods=["GET"], response_model=None)
    router.add_api_route(f"{PATH}/participants/{{code}}", routes.act, methods=["POST"], response_model=None)
    router.add_api_route(f"{PATH}/pilot", routes.pilot, methods=["POST"], response_model=None)
    router.add_api_route(f"{PATH}/pilot/delete", routes.delete_pilot, methods=["POST"], response_model=None)
    router.add_api_route(f"{PATH}/ids/erase", routes.erase_ids, methods=["POST"], response_model=None)
    return router
