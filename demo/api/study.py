"""Serve the steps of a study to browsers and programs as JSON, without names of methods."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from demo import VERSION
from demo.api import shapes
from demo.api.request_threads import HANDLERS, RequestThreads
from demo.api.trial_shapes import answer_of, trial_shape
from demo.monitoring.metrics import VOTES
from study.collect.enrolment import Applicant, PreparedStudy, Recruited, decline, plain, prepare
from study.collect.participation import Step, begin, cast_vote, resume, undo, withdraw
from study.collect.recruitment import arrival
from study.config.study_configs import StudyConfigs
from study.database.store import Store
from study.records import BadStudy, Refused

DESCRIPTION = """
Take part in a blind pairwise study from a front end of your own. A participant is identified by a token, sent
as `Authorization: Bearer`. Every request can be sent again after a lost response, and counts once. Refusals
are `{"error": {"code", "message"}}`, with the message in the language of `Accept-Language` (English or
German). Keep an answer that is refused with 429 or 503, and send it again later. No response contains the
method that made a picture.
"""
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"model": shapes.Refusal} for status in (401, 404, 409, 422, 429, 503)
}


@dataclass(frozen=True)
class StudyApi:
    """Run the steps of a study for requests; `key` is the server's key for codes, hashes and tokens."""

    store: Store
    configs: StudyConfigs
    key: str

    def info(self, slug: str) -> shapes.StudyInfo:
        """Return the texts before the first trial of a study. Raises Refused for an unknown one."""
        study = self._prepared(slug)
        config = study.config
        return shapes.StudyInfo(
            slug=slug,
            title=study.row.title,
            question=study.row.question,
            open=study.row.status == "active",
            consent=config.consent.text if config else "",
            contact=config.consent.contact if config else "",
            words=config.viewing.words if config else "",
            minimum_width=config.viewing.minimum_width if config else 0,
            minimum_exposure_ms=config.viewing.minimum_exposure_ms if config else 0,
        )

    def bare_info(self) -> shapes.StudyInfo:
        """Return the texts of the study of a bare address. Raises Refused where no study is chosen."""
        slug = self.store.current_study()
        if slug is None:
            raise Refused("no_study")
        return self.info(slug)

    def enrol(self, slug: str, given: shapes.Enrolment) -> shapes.State:
        """Enrol and show the first trial; the token is part of the response. Raises Refused."""
        study = self._prepared(slug)
        step = begin(self.store, study, self._applicant(study, given))
        return self._state(step).model_copy(update={"token": step.token})

    def _applicant(self, study: PreparedStudy, given: shapes.Enrolment) -> Applicant:
        came, config = arrival(given.link), study.config
        if config and config.participants.source not in ("open", came.source):
            raise Refused("incomplete_link")
        return Applicant(
            source=came.source,
            recruited=Recruited(came.person, came.study, came.visit) if came.person else None,
            claim=given.claim,
            secret=self.key,
            device=given.device.model_dump(exclude_defaults=True),
            consent_version=config.consent.version if config else "",
        )

    def next(self, slug: str, token: str, given: shapes.Resumption) -> shapes.State:
        """Show the next trial."""
        return self._state(resume(self.store, token, slug, returning=given.returning))

    def vote(self, slug: str, token: str, given: shapes.Vote) -> shapes.State:
        """Store an answer and show the next trial."""
        step = cast_vote(self.store, token, answer_of(given), slug)
        VOTES.labels("counted" if step.counted else "repeated").inc()
        return self._state(step).model_copy(update={"counted": step.counted})

    def undo(self, slug: str, token: str, given: shapes.Undo) -> shapes.State:
        """Take back the last answer and show its trial."""
        return self._state(undo(self.store, token, slug, given.trial))

    def withdraw(self, slug: str, token: str) -> shapes.State:
        """Delete the participant's answers."""
        withdraw(self.store, token, slug)
        return shapes.State(state="ended", reason="withdrawn")

    def decline(self, slug: str) -> shapes.State:
        """Count somebody who does not consent. Raises Refused for an unknown study."""
        try:
            decline(self.store, plain(slug))
        except BadStudy:
            raise Refused("unknown_study") from None
        return shapes.State(state="ended", reason="declined")

    def _prepared(self, slug: str) -> PreparedStudy:
        try:
            return prepare(self.store, plain(slug))
        except BadStudy:
            raise Refused("unknown_study") from None

    def _state(self, step: Step) -> shapes.State:
        if step.stopped:
            return shapes.State(state="ended", reason=step.stopped)
        config = self.configs.of(step.study)
        if step.trial is not None:
            return shapes.State(state="trial", trial=trial_shape(step.trial, config))
        own = config.participants.completion_code if config else ""
        return shapes.State(state="complete", code=own or completion_code(step.token, self.key))


def completion_code(token: str, key: str) -> str:
    """Return eight letters and digits that prove that this participant completed the study."""
    return hmac.digest(key.encode(), f"done {token}".encode(), "sha256").hex()[:8].upper()


def study_api(store: Store, key: str, threads: int) -> FastAPI:
    """Build the application to be mounted at /api, with its OpenAPI description."""
    api = FastAPI(
        title="HarmonyLab study",
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        exception_handlers=HANDLERS,
    )
    steps, pool = StudyApi(store, StudyConfigs(store), key), RequestThreads(threads)
    _add_first_requests(api, steps, pool)
    _add_trials(api, steps, pool)
    return api


def _post(api: FastAPI, action: str, summary: str) -> Callable[[Any], Any]:
    return api.post(
        f"/study/{{slug}}/{action}",
        summary=summary,
        response_model=shapes.State,
        response_model_exclude_none=True,
        responses=FAULTS,
    )


def _add_first_requests(api: FastAPI, steps: StudyApi, threads: RequestThreads) -> None:
    """Add the requests before the first trial."""

    @api.get("/study/{slug}", summary="Texts before the first trial", response_model=shapes.StudyInfo)
    async def info(slug: str, request: Request) -> Response:
        return await threads.run(request, "info", partial(steps.info, slug))

    @api.get(
        "/study",
        summary="Texts of the default study, or the only active one",
        response_model=shapes.StudyInfo,
    )
    async def bare(request: Request) -> Response:
        return await threads.run(request, "info", steps.bare_info)

    @_post(api, "enrol", "Consent, and get a token and the first trial")
    async def enrol(slug: str, given: shapes.Enrolment, request: Request) -> Response:
        return await threads.run(request, "enrol", partial(steps.enrol, slug, given))

    @_post(api, "decline", "Count somebody who does not consent")
    async def refuse(slug: str, request: Request) -> Response:
        return await threads.run(request, "decline", partial(steps.decline, slug))


def _add_trials(api: FastAPI, steps: StudyApi, threads: RequestThreads) -> None:
    """Add the requests of participants, who send their token."""

    @_post(api, "next", "The trial to answer")
    async def next_trial(slug: str, given: shapes.Resumption, token: Token, request: Request) -> Response:
        return await threads.run(request, "next", partial(steps.next, slug, _text(token), given))

    @_post(api, "vote", "Answer a trial, and get the next")
    async def vote(slug: str, given: shapes.Vote, token: Token, request: Request) -> Response:
        return await threads.run(request, "vote", partial(steps.vote, slug, _text(token), given))

    @_post(api, "undo", "Take the last answer back")
    async def take_back(slug: str, given: shapes.Undo, token: Token, request: Request) -> Response:
        return await threads.run(request, "undo", partial(steps.undo, slug, _text(token), given))

    @_post(api, "withdraw", "Delete all answers of the participant")
    async def leave(slug: str, token: Token, request: Request) -> Response:
        return await threads.run(request, "withdraw", partial(steps.withdraw, slug, _text(token)))


def _text(token: HTTPAuthorizationCredentials | None) -> str:
    return token.credentials if token is not None else ""
