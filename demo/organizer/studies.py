"""Serve the list of studies, one study with what can be done now, its monitor and its log."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from demo.organizer.api import NO_STORE, who
from demo.organizer.live_scores import OpenScores
from study.collect.recruitment import links_for
from study.config.changes import CHANGEABLE
from study.config.config import StudyConfig
from study.database.rows import StudyRow
from study.database.store import Store
from study.manage import changes, log, results, states
from study.manage.monitor import monitor

PATH = "/studies/{slug}/{version}"
NEWEST = 500  # entries of the log of the server that are sent


class Move(BaseModel):
    """Hold the state that a study is to have."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["active", "paused", "closed"]


class Access(BaseModel):
    """Hold who may read the results."""

    model_config = ConfigDict(extra="forbid")
    access: results.Access


class Wanted(BaseModel):
    """Hold changed values by table and key, as `study.manage.changes.change` takes them."""

    model_config = ConfigDict(extra="forbid")
    changes: dict[str, Any]


@dataclass(frozen=True)
class StudyRoutes:
    """Answer requests about studies; the routes run in threads."""

    store: Store
    open_scores: OpenScores

    def list(self) -> JSONResponse:
        """Return every version of every study, the newest study first."""
        found = sorted(states.all_versions(self.store), key=lambda one: -one.id)
        return answer({"studies": [asdict(version) for version in found]})

    def one(self, slug: str, version: int) -> JSONResponse:
        """Return a version with its texts and limits, and the states that may follow."""
        with self.store.reading() as tx:
            row = tx.study(slug, version)
        versions = states.versions(self.store, slug)
        (own,) = (each for each in versions if each.version == version)
        others = [asdict(each) for each in versions if each.version != version]
        return answer(
            {
                **_described(row),
                **asdict(own),
                "others": others,
                "at_study": _at_study(self.store, row),
                "scores": asdict(results.scores_at(row, own.completed)),
                "next": states.NEXT[row.status],
            }
        )

    def move(self, slug: str, version: int, wanted: Move, request: Request) -> JSONResponse:
        """Change the state."""
        states.move(self.store, slug, version, wanted.state, who(request))
        return self.one(slug, version)

    def make_default(self, slug: str, version: int, request: Request) -> JSONResponse:
        """Let a bare address serve this version."""
        states.make_default(self.store, slug, version, who(request))
        return self.one(slug, version)

    def change(self, slug: str, version: int, wanted: Wanted, request: Request) -> JSONResponse:
        """Change what may be changed after the start."""
        changes.change(self.store, slug, version, wanted.changes, who(request))
        return self.one(slug, version)

    def open_results(self, slug: str, version: int, wanted: Access, request: Request) -> JSONResponse:
        """Store who may read the results."""
        results.set_access(self.store, slug, version, wanted.access, who(request))
        return self.one(slug, version)

    def delete(self, slug: str, version: int, request: Request) -> JSONResponse:
        """Delete a draft."""
        states.delete_draft(self.store, slug, version, who(request))
        return answer({"ok": True})

    def monitor(self, slug: str, version: int) -> JSONResponse:
        """Return the progress, with scores where those of all votes may be read now."""
        seen = monitor(self.store, slug, version)
        with self.store.reading() as tx:
            row = tx.study(slug, version)
        live = self.open_scores.of(row) if seen.scores.open and seen.scores.look is None else None
        return answer({**asdict(seen), "live": asdict(live) if live else None})

    def log(self, slug: str, version: int) -> JSONResponse:
        """Return who did what."""
        with self.store.reading() as tx:
            study = tx.study(slug, version).id
        return answer({"entries": [asdict(entry) for entry in log.entries(self.store, study)]})

    def server_log(self) -> JSONResponse:
        """Return who did what, to all studies and to none: the newest entries."""
        return answer({"entries": [asdict(entry) for entry in log.entries(self.store, newest=NEWEST)]})


def studies_router(store: Store) -> APIRouter:
    """Return the routes, to be mounted in `organizer_api`."""
    routes = StudyRoutes(store, OpenScores(store))
    gets: Mapping[str, Callable[..., Any]] = {
        "/studies": routes.list,
        "/log": routes.server_log,
        PATH: routes.one,
        f"{PATH}/monitor": routes.monitor,
        f"{PATH}/log": routes.log,
    }
    posts: Mapping[str, Callable[..., Any]] = {
        f"{PATH}/state": routes.move,
        f"{PATH}/default": routes.make_default,
        f"{PATH}/changes": routes.change,
        f"{PATH}/results": routes.open_results,
        f"{PATH}/delete": routes.delete,
    }
    router = APIRouter()
    for path, handler in gets.items():
        router.add_api_route(path, handler, methods=["GET"], response_model=None)
    for path, handler in posts.items():
        router.add_api_route(path, handler, methods=["POST"], response_model=None)
    return router


def answer(content: dict[str, Any]) -> JSONResponse:
    """Return JSON that no browser stores."""
    return JSONResponse(content, headers=NO_STORE)


def _at_study(store: Store, study: StudyRow) -> dict[str, Any]:
    """Return the title of the study that a bare address serves, "" for none, and if it is this version."""
    slug = store.current_study()
    if not slug:
        return {"title": "", "this": False}
    with store.reading() as tx:
        current = tx.study(slug)
    return {"title": current.title, "this": current.id == study.id}


def _described(row: StudyRow) -> dict[str, Any]:
    """Return the texts, limits and links of a version; a link is its path, as only browsers see the host."""
    config = changes.effective_config(row)
    return {
        "question": row.question,
        "votes_each": row.votes_per_participant,
        "gold": row.gold,
        "repeats": row.repeats,
        "practice": row.practice,
        "registered": bool(row.config_sha256),
        "looks": config.stopping.looks,
        "target": config.participants.target,
        "maximum": row.max_participants,
        "closes_at": row.closes_at,
        "values": _changeable(config),
        "links": [vars(link) for link in links_for(config, "")],
        "results_access": row.results_access,
        "results_key": row.results_key,
    }


def _changeable(config: StudyConfig) -> dict[str, Any]:
    """Return the values that can be changed, by table and key; texts by language, too."""
    values = config.model_dump(mode="json")
    texts = CHANGEABLE["texts"]
    languages = {name: {key: found[key] for key in texts} for name, found in values["texts"].items()}
    tables = {
        table: {key: values[table][key] for key in keys}
        for table, keys in CHANGEABLE.items()
        if table != "texts"
    }
    return {**tables, "texts": languages}
