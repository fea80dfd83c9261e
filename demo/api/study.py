"""Serve the steps of a study to browsers and programs as JSON, without names of methods."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from demo import VERSION
from demo.api import shapes
from demo.api.endings import Endings
from demo.api.request_threads import HANDLERS, RequestThreads, accepted_languages
from demo.api.trial_shapes import answer_of, trial_shape
from demo.api.welcome import Durations, Welcome
from demo.monitoring.metrics import VOTES
from study.collect.participation import Step, begin, cast_vote, resume, undo, withdraw
from study.config.study_configs import StudyConfigs
from study.database.store import Store

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
    """Run the steps of a study for requests."""

    store: Store
    configs: StudyConfigs
    welcome: Welcome
    endings: Endings

    @classmethod
    def over(cls, store: Store, key: str) -> "StudyApi":
        """Return the steps for the studies in a database."""
        endings = Endings(store, key)
        return cls(store, StudyConfigs(store), Welcome(store, key, Durations(store), endings), endings)

    def enrol(self, slug: str, given: shapes.Enrolment, languages: Sequence[str]) -> shapes.State:
        """Enrol and show the first trial; the token is part of the response. Raises Refused."""
        study = self.welcome.prepared(slug, given.link)
        screened = self.welcome.screened_out(study, given)
        if screened is not None:
            return screened
        step = begin(self.store, study, self.welcome.applicant(study, given, languages))
        return self._state(step).model_copy(update={"token": step.token})

    def next(self, slug: str, token: str, given: shapes.Resumption) -> shapes.State:
        """Show the next trial."""
        return self._state(resume(self.store, token, slug, returning=given.returning))

    def vote(self, slug: str, token: str, given: shapes.Vote) -> shapes.State:
        """Store an answer and show the next trial."""
        step = cast_vote(self.store, token, answer_of(given), slug)
        VOTES.labels("counted" if step.counted else "repeated").inc()
        return self._state(step).model_copy(update={"counted": step.counted, "better": step.better})

    def undo(self, slug: str, token: str, given: shapes.Undo) -> shapes.State:
        """Take back the last answer and show its trial."""
        return self._state(undo(self.store, token, slug, given.trial))

    def withdraw(self, slug: str, token: str) -> shapes.State:
        """Delete the participant's answers."""
        withdraw(self.store, token, slug)
        return shapes.State(state="ended", reason="withdrawn")

    def _state(self, step: Step) -> shapes.State:
        if step.stopped:
            return shapes.State(state="ended", reason=step.stopped)
        config = self.configs.of(step.study)
        if step.trial is not None:
            return shapes.State(state="trial", trial=trial_shape(step.trial, config))
        return self.endings.complete(step.token)


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
    steps, pool = StudyApi.over(store, key), RequestThreads(threads)
    _add_first_requests(api, steps, pool)
    _add_trials(api, steps, pool)
    _add_end(api, steps, pool)
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
    async def info(slug: str, token: Token, request: Request) -> Response:
        wanted, link = accepted_languages(request), dict(request.query_params)
        work = partial(steps.welcome.info, slug, _text(token), wanted, link)
        return await threads.run(request, "info", work)

    @api.get(
        "/study",
        summary="Texts of the default study, or the only active one",
        response_model=shapes.StudyInfo,
    )
    async def bare(request: Request) -> Response:
        wanted = accepted_languages(request)
        return await threads.run(request, "info", partial(steps.welcome.bare_info, wanted))

    @api.post(
        "/study/{slug}/door",
        summary="Ask before the consent if this visitor may take part",
        response_model=shapes.Door,
        responses=FAULTS,
    )
    async def door(slug: str, given: shapes.Visit, request: Request) -> Response:
        return await threads.run(request, "door", partial(steps.welcome.door, slug, given))

    @_post(api, "screen", "Answer the questions before the consent")
    async def screen(slug: str, given: shapes.Enrolment, request: Request) -> Response:
        return await threads.run(request, "screen", partial(steps.welcome.screen, slug, given))

    @_post(api, "enrol", "Consent, and get a token and the first trial")
    async def enrol(slug: str, given: shapes.Enrolment, request: Request) -> Response:
        wanted = accepted_languages(request)
        return await threads.run(request, "enrol", partial(steps.enrol, slug, given, wanted))

    @_post(api, "decline", "Count somebody who does not consent")
    async def refuse(slug: str, request: Request, given: shapes.Refusing | None = None) -> Response:
        sent = given or shapes.Refusing()
        return await threads.run(request, "decline", partial(steps.endings.decline, slug, sent))


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


def _add_end(api: FastAPI, steps: StudyApi, threads: RequestThreads) -> None:
    """Add the requests of participants after the last trial."""

    @_post(api, "answers", "Answer the form after the last trial")
    async def answers(slug: str, given: shapes.AfterAnswers, token: Token, request: Request) -> Response:
        work = partial(steps.endings.answer, slug, _text(token), given)
        return await threads.run(request, "answers", work)

    @api.post(
        "/study/{slug}/choices",
        summary="The participant's own choices, after the study has closed",
        response_model=shapes.Choices,
        responses=FAULTS,
    )
    async def choices(slug: str, token: Token, request: Request) -> Response:
        return await threads.run(request, "choices", partial(steps.endings.choices, slug, _text(token)))


def _text(token: HTTPAuthorizationCredentials | None) -> str:
    return token.credentials if token is not None else ""
