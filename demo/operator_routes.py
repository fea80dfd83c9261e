"""Compose the routes for operators and organizers: health, readiness, metrics, sign-in and files."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import gradio as gr
from fastapi import APIRouter, FastAPI

from demo import VERSION
from demo.api.checks import Background, database, disk, pictures, queue, weights
from demo.api.health import Check, Readiness, health_router
from demo.api.measurements import Measurements, Sources, measurements_router, serve_on_port
from demo.gradio_fixes.restarting_queue import queue_alive
from demo.organizer.access import OrganizerAccess
from demo.organizer.api import API, organizer_api
from demo.organizer.login_routes import login_router
from demo.organizer.people import people_router
from demo.organizer.routes import OrganizerRoutes, organizer_router
from demo.organizer.signed_out import OnAllServers, OnThisServer
from demo.organizer.studies import studies_router
from demo.settings import Settings
from model.network.harmonizer import DEFAULT_WEIGHTS
from study.collect.stimulus_files import check_stimuli
from study.database.responses.load_responses import count_active
from study.database.store import Store

SQLITE = "sqlite:///"


def organizer_access(settings: Settings, store: Store) -> OrganizerAccess:
    """Return the check of organizers' keys and cookies."""
    organizers = settings.organizers
    return OrganizerAccess(
        organizers.keys,
        settings.key_for("organizer"),
        organizers.accounts,
        framed=bool(settings.space.id),
        signed_out=OnThisServer() if store.file else OnAllServers(store),
    )


class Startable(Protocol):
    """Describe what runs as long as the server."""

    def start(self) -> None:
        """Start."""

    def stop(self) -> None:
        """Stop."""


@dataclass(frozen=True)
class More:
    """Hold what other parts of the server add: checks, numbers by name with their meaning, and threads."""

    checks: tuple[Check, ...] = ()
    gauges: Mapping[str, tuple[str, Callable[[], float]]] = field(default_factory=dict)
    threads: tuple[Startable, ...] = ()


@dataclass(frozen=True)
class OperatorRoutes:
    """Hold the routes, and the slow checks that run in the background of the server."""

    settings: Settings
    store: Store
    pages: gr.Blocks
    access: OrganizerAccess
    background: tuple[Background, ...]
    more: More = More()
    _stops: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def with_checks(
        cls,
        settings: Settings,
        store: Store,
        pages: gr.Blocks,
        access: OrganizerAccess,
        more: More,
    ) -> "OperatorRoutes":
        """Return the routes with their slow checks; `more`: those of other parts."""
        slow = (pictures(lambda: wrong_pictures(store)), weights(DEFAULT_WEIGHTS, weights_hash()))
        return cls(settings, store, pages, access, tuple(Background(check) for check in slow), more)

    def checks(self) -> list[Check]:
        """Return the checks of `/readyz`, in the order of its response."""
        least = self.settings.operations.free_megabytes
        return [
            database(self.store),
            *(disk(name, folder, least) for name, folder in self._folders().items()),
            queue(lambda: queue_alive(self.pages)),
            *(each.latest for each in self.background),
            *self.more.checks,
        ]

    def add_routes(self, app: FastAPI, *routers: APIRouter) -> None:
        """Add the routes; call it before the pages are mounted, which respond to every other address.

        routers: further routes for organizers, below /organizer/api.
        """
        app.include_router(health_router(VERSION, weights_hash()[:12], Readiness(self.checks())))
        app.include_router(measurements_router(self._measurements()))
        organizers = self.settings.organizers
        participants = self.settings.key_for("browser")
        signing_in = OrganizerRoutes(self.store, self.access, organizers, participants)
        app.include_router(organizer_router(signing_in))
        app.include_router(login_router(self.access, organizers, self.store))
        own = (studies_router(self.store), people_router(self.store))
        app.mount(API, organizer_api(self.access, (*own, *routers)))

    def start(self) -> None:
        """Start the background checks and the metrics port. Raises OSError where METRICS_PORT is in use."""
        for each in (*self.background, *self.more.threads):
            each.start()
        port = self.settings.operations.metrics_port
        if port is not None:
            self._stops.append(serve_on_port(self._measurements(), port))

    def stop(self) -> None:
        """Stop the background checks and the metrics port."""
        for each in (*self.background, *self.more.threads):
            each.stop()
        while self._stops:
            self._stops.pop()()

    def _measurements(self) -> Measurements:
        gauges: dict[str, tuple[str, Callable[[], float]]] = {
            "page_queue": ("Calls of handlers that wait", lambda: len(self.pages._queue)),
            "participants": ("Participants of the last ten minutes", lambda: count_active(self.store)),
            **self.more.gauges,
        }
        return Measurements.of(Sources(self._folders(), gauges), self.settings.operations.metrics_token)

    def _folders(self) -> dict[str, Path]:
        """Return the folders that must be writable: the data folder, and the one of an SQLite database."""
        folders = {"data_disk": self.settings.data_dir}
        url = self.settings.database_url
        if url.startswith(SQLITE):
            folder = Path(url.removeprefix(SQLITE).partition("?")[0]).resolve().parent
            if folder != self.settings.data_dir:
                folders["database_disk"] = folder
        return folders


def wrong_pictures(store: Store) -> list[str]:
    """Return a message for each study with missing or changed pictures in which people take part."""
    running = store.running_versions()
    return [message for slug, version in running for message in check_stimuli(store, slug, version)]


def weights_hash() -> str:
    """Return the SHA-256 of the network's weights."""
    return hashlib.sha256(DEFAULT_WEIGHTS.read_bytes()).hexdigest()
