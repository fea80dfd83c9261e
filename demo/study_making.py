"""Compose the routes and the process that make studies in the browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from demo.api.rehearsal import Rehearsals
from demo.organizer.access import OrganizerAccess
from demo.settings import Settings
from demo.study_builds.builds import Builds
from demo.study_builds.pairs import PairPreview, pair_routes
from demo.study_builds.routes import BuildRoutes, Sources, build_routes
from demo.study_builds.runner import Runner
from model.methods import Method
from study.collect.registration import register
from study.collect.stimulus_files import StimulusFiles
from study.database.store import Store
from study.manage.log import record

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class StudyMaking:
    """Hold what makes studies; `runner` starts and ends with the server."""

    runner: Runner
    routes: BuildRoutes
    preview: PairPreview

    @classmethod
    def of(
        cls, settings: Settings, store: Store, access: OrganizerAccess, methods: Mapping[str, Method]
    ) -> "StudyMaking":
        """Return the builds in the data folder."""
        builds = Builds(settings.data_dir / "builds")

        def registered(folder: Path, who: str) -> dict[str, Any]:
            row = register(store, folder)
            with store.transaction() as tx:
                record(tx, who, "make", row)
            return {"slug": row.slug, "version": row.version}

        runner = Runner(builds, settings.data_dir / "studies", registered)
        sources = Sources(
            upload_bytes=settings.guard.uploads.file,
            build_bytes=settings.study_files.megabytes * MEGABYTE,
            folders=settings.study_files.folders,
            draft=settings.data_dir / "draft",
        )
        files = StimulusFiles(store, settings.cache_dir / "stimuli")
        preview = PairPreview(store, files, access, Rehearsals(settings.key_for("browser")))
        return cls(runner, BuildRoutes(builds, runner, sources, access, methods), preview)

    def add_routes(self, app: FastAPI) -> None:
        """Add the routes; call it before the pages are mounted."""
        app.include_router(build_routes(self.routes))
        app.include_router(pair_routes(self.preview))
