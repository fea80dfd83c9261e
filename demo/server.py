"""Compose the web application: our own routes first, then the pages."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import gradio as gr
from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.responses import FileResponse

from demo.api.checks import example_study, render_workers
from demo.api.docs import docs_route
from demo.api.media import Pictures, media_routes
from demo.api.study import study_api
from demo.archive import archive_check, archive_of
from demo.durability import copies, durability_of, durability_router
from demo.example_study import ExampleStudy
from demo.gradio_assets import gradio_assets
from demo.gradio_fixes.gradio_output import redirect_gradio_output
from demo.gradio_fixes.hardening import harden, served_pages
from demo.gradio_fixes.missing_texts import MISSING_TEXTS
from demo.guard.bodies.checked_bodies import BodyCheck
from demo.guard.bodies.upload_budget import delete_old_files
from demo.guard.guard import Guard, ProtectedApp
from demo.html_head import EarlyHead
from demo.monitoring.request_ids import RequestIds
from demo.operator_routes import More, OperatorRoutes, organizer_access
from demo.organizer.access import OrganizerAccess
from demo.pages.compare import compare_page
from demo.pages.comparisons import Comparer
from demo.pages.harmonize import harmonize_api, harmonize_page
from demo.pages.organizer import organizer_page
from demo.pages.results import results_page
from demo.pages.study import study_page
from demo.pages.thumbnails import example_thumbnails
from demo.pages.uploads import UPLOAD_LIMIT
from demo.pictures.study_draft import StudyDraft
from demo.pictures.view_cache import ViewCache
from demo.renders.service import Renders, open_renders
from demo.settings import Settings
from demo.study_making import StudyMaking
from demo.texts import choice_script, language_scripts
from demo.theme import lab_theme, page_head
from demo.widgets.modules import organizer_modules, recognizer, workbench_modules
from demo.workbench.batch_api import batch_routes
from demo.workbench.bench_api import Bench, bench_routes
from demo.workbench.bench_files import BenchFiles
from demo.workbench.module_routes import module_routes
from demo.workbench.sessions import Sessions
from demo.zero_gpu import report_start
from model.methods import Method, available_methods
from model.network.harmonizer import DEFAULT_WEIGHTS, check_weights
from study.collect.stimulus_files import StimulusFiles
from study.database.store import Store
from study.durability.durability import Durability

HOUR = 3600
KEEP = 24 * HOUR
VOTE_THREADS = 8
PICTURE_THREADS = 4
EVENTS_AT_ONCE = 400
IMMUTABLE = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}


def build_app(settings: Settings) -> FastAPI:
    """Return the application with its database, model and pages. Raises BadStudy and BadWeights."""
    redirect_gradio_output()
    durability = durability_of(settings)  # may restore the database that is opened next
    store = Store.open(settings.database_url, home=settings.data_dir)
    durability.attach(store)
    durability.start()  # at once: a server that does not renew its lease counts as ended
    views = ViewCache(settings.cache_dir / "views", settings.key_for("views"))
    check_weights(DEFAULT_WEIGHTS)
    renders = open_renders(
        views,
        settings.pictures.memory_mb,
        settings.pictures.compare_seconds,
        settings.pictures.compare_megapixels,
    )
    example = ExampleStudy(store, settings.data_dir)
    methods = available_methods()
    report_start(methods)
    bench = _bench(settings, renders, views, methods)
    app = FastAPI(
        title="HarmonyLab",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_in_background(views, bench, durability, example),
    )
    app.add_middleware(EarlyHead, pictures=bench.files.first_pictures)
    _add_routes(app, views)
    app.include_router(bench_routes(bench))
    app.include_router(batch_routes(bench))
    _add_study(app, store, settings)
    access = organizer_access(settings, store)
    making = StudyMaking.of(settings, store, access, methods)
    making.add_routes(app)
    app.state.study_making = making
    drafts = StudyDraft(settings.data_dir / "draft", access.signed_in)
    comparer = Comparer(views, methods, renders, drafts)
    pages = build_pages(renders, comparer, store, access)
    app.include_router(durability_router(durability, access))
    archive = archive_of(settings)
    made = example_study(lambda: example.ready)
    more = More(
        (render_workers(renders.problems), copies(durability.status), archive_check(archive), made),
        {
            "backup_waiting_rows": ("Changes that wait to be copied", lambda: durability.status().waiting),
            "archive_age_seconds": ("Time since the latest copy of the whole database", archive.age),
        },
        (archive,),
    )
    _add_operator_routes(app, OperatorRoutes.with_checks(settings, store, pages, access, more))
    mounted = _mount(app, pages, views)
    _add_guard(mounted, settings, views)
    # The last middleware added is the outermost: it catches the exceptions of all others.
    mounted.add_middleware(RequestIds)
    return mounted


def _bench(settings: Settings, renders: Renders, views: ViewCache, methods: Mapping[str, Method]) -> Bench:
    """Return the workbench of all visitors."""
    usable = {name: method for name, method in methods.items() if method.available}
    files = BenchFiles(renders, views, settings.guard.uploads.file)
    return Bench(Sessions(settings.sessions_dir), files, renders, views, usable)


def _add_guard(app: FastAPI, settings: Settings, views: ViewCache) -> None:
    """Put the guard in front of everything that was added before."""
    handlers, uploads = harden(served_pages(app), settings.own_address, settings.never_served)
    protected = ProtectedApp(BodyCheck(handlers, uploads), (views.folder,), (settings.sessions_dir,))
    app.add_middleware(Guard, policy=settings.guard, protected=protected)


def _add_operator_routes(app: FastAPI, routes: OperatorRoutes, *routers: APIRouter) -> None:
    """Add health, metrics and the organizer's routes; their background checks start with the server.

    routers: further routes for organizers, below /organizer/api.
    """
    routes.add_routes(app, *routers)
    app.state.operator_routes = routes


def _mount(app: FastAPI, pages: gr.Blocks, views: ViewCache) -> FastAPI:
    with warnings.catch_warnings():
        # Gradio warns that server-side rendering is off, although `ssr_mode=False` asks for that.
        warnings.filterwarnings("ignore", message="SSR mode is not supported")
        mounted: FastAPI = gr.mount_gradio_app(
            app,
            pages,
            path="/",
            ssr_mode=False,
            run_history=False,
            show_error=False,  # the text of an unexpected error contains folders of this machine
            enable_monitoring=False,
            mcp_server=True,
            i18n=MISSING_TEXTS,
            max_file_size=UPLOAD_LIMIT.replace(" ", "").lower(),
            allowed_paths=[str(views.folder)],
            theme=lab_theme(),
            head=page_head(),
            footer_links=[],
        )
    return mounted


def build_pages(renders: Renders, comparer: Comparer, store: Store, access: OrganizerAccess) -> gr.Blocks:
    """Return the five pages; each has its own header."""
    demo = gr.Blocks(title="HarmonyLab", analytics_enabled=False, delete_cache=(HOUR, KEEP))
    with demo:
        harmonize_page()
        harmonize_api(renders)
    with demo.route("Compare", "/compare"):
        compare_page(comparer, demo)
    with demo.route("Study", "/study"):
        study_page()
    with demo.route("Results", "/results"):
        results_page(store, demo, access)
    with demo.route("Organizer", "/organizer"):
        organizer_page()
    # A waiting task holds one of Gradio's threads: there must be more threads than places in the queues.
    demo.max_threads = EVENTS_AT_ONCE
    demo.queue(default_concurrency_limit=4, max_size=100, api_open=False)
    return demo


def _add_study(app: FastAPI, store: Store, settings: Settings) -> None:
    """Add the study API and the stimuli: routes of our own, without Gradio."""
    api = study_api(store, settings.key_for("browser"), VOTE_THREADS)
    app.include_router(docs_route(api))
    app.mount("/api", api)
    files = StimulusFiles(store, settings.cache_dir / "stimuli")
    app.include_router(media_routes(Pictures(store, files), PICTURE_THREADS))


def _add_routes(app: FastAPI, views: ViewCache) -> None:
    scripts = (workbench_modules(), organizer_modules(), recognizer(), language_scripts(), choice_script())
    for folder in (*scripts, example_thumbnails()):
        app.include_router(module_routes(folder))
    app.include_router(gradio_assets())

    @app.get("/view/{name}")
    def view(name: str, download: str = "") -> FileResponse:
        try:
            path = views.find(name)
        except KeyError as error:
            raise HTTPException(404) from error
        return FileResponse(path, headers=IMMUTABLE, filename=download or None)


def _in_background(
    views: ViewCache, bench: Bench, durability: Durability, example: ExampleStudy
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the lifespan: start the render processes, delete old views; at the end, copy the last votes."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        bench.renders.start()
        work = (sweep_hourly(views, bench.sessions), bench.files.warm_up(), example.make())
        tasks = [asyncio.create_task(each) for each in work]
        app.state.operator_routes.start()
        app.state.study_making.runner.start()
        yield
        await app.state.study_making.runner.close()
        await asyncio.to_thread(durability.stop)
        app.state.operator_routes.stop()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)  # a process that makes the example study is ended
        await bench.renders.close()

    return lifespan


async def sweep_hourly(views: ViewCache, sessions: Sessions) -> None:
    """Delete views, uploads and sessions that were not used for a day, every hour."""
    while True:
        await asyncio.to_thread(views.sweep, KEEP)
        await asyncio.to_thread(sessions.sweep, KEEP)
        # Gradio does not delete the uploads of an earlier run of the server.
        await asyncio.to_thread(delete_old_files, views.folder.parent / "uploads", KEEP)
        await asyncio.sleep(HOUR)
