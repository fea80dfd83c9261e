"""The study: consent, a few words, blind comparisons, thanks. Every rule is kept by study.session."""

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from demo.pages.frame import header, notice, panel
from demo.widgets import widget
from study.config import StudyConfig
from study.invitation import Arrival, arrival, decided
from study.records import BadStudy
from study.session import (
    Ended,
    Refused,
    TrialView,
    cast_vote,
    decline,
    enrol,
    next_trial,
    resume,
    undo,
    withdraw,
)
from study.store import Store

CONSENT = """
<article class="sheet">
<h1>Which picture looks more natural?</h1>
<p>You will see pairs of pictures. In each, an object was pasted into a photograph and its colours and
light were adjusted in two different ways. You choose the one that looks more natural.
It takes about three minutes.</p>
<h2>What we keep</h2>
<p>Your choices and how long each took. No name, no address, nothing that tells who you are. Taking part
is voluntary: close the page whenever you like, or withdraw, and all your answers are deleted. A mark in
this browser lets you go on where you stopped.</p>
</article>
"""
INSTRUCTIONS = """
<article class="sheet">
<h1>How it works</h1>
<ol>
<li>Look at the pasted object in both pictures: do its colours and its light fit the scene?</li>
<li>Choose the picture that looks more natural<span class="keys">: press <kbd>A</kbd> or <kbd>←</kbd> for A,
<kbd>L</kbd> or <kbd>→</kbd> for B, or use the buttons</span>.</li>
<li>If you see no difference, say so<span class="keys">: <kbd>Space</kbd></span>.</li>
<li>A slip? Take your last answer back<span class="keys">: <kbd>Backspace</kbd></span>.</li>
</ol>
<p>There is no right or wrong answer. Trust your first impression. A bright, even screen helps.</p>
</article>
"""
SCREENS = ("consent", "instructions", "trial", "thanks", "ended")
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": 16}
AT_ONCE: dict[str, Any] = {"api_visibility": "private", "queue": False}


@dataclass(frozen=True)
class Desk:
    """What the events of the page do; `key` makes completion codes."""

    store: Store
    key: str

    def on_open(self, kept: Any, request: gr.Request) -> list[Any]:
        """The study of the address (?study=SLUG) or the newest one, where this browser left it."""
        slug = request.query_params.get("study") or self.store.current_study() or ""
        token, config = _token(kept, slug), decided(self.store, slug)
        words = [_consent(config), _instructions(config)]
        if token and self.knows(token):
            resume(self.store, token)
        shown = self.where(token, slug=slug) if token else [*_screen("consent"), *[gr.skip()] * 3]
        return [slug, arrival(request.query_params), *words, *shown]

    def on_start(self, slug: str, kept: Any, came: Arrival = Arrival()) -> list[Any]:  # noqa: B008 - frozen
        token = _token(kept, slug)
        try:
            token = token if self.knows(token) else self.enrol(slug, came)
        except Refused as error:
            return [*[gr.skip()] * (4 + len(SCREENS)), notice(str(error))]
        return [_keep(kept, slug, token), *self.where(token, slug=slug), ""]

    def enrol(self, slug: str, came: Arrival) -> str:
        """A new participant, or the one that a recruitment service sent before. Raises Refused."""
        config = decided(self.store, slug)
        if config and config.participants.source not in ("open", came.source):
            raise Refused("This link is not complete. Please use the one that you were given.")
        return enrol(
            self.store,
            slug,
            source=came.source,
            external_id=came.person or None,
            secret=self.key,
            external_study=came.study,
            external_session=came.visit,
            consent_version=config.consent.version if config else "",
        )

    def on_vote(self, slug: str, kept: Any, event: gr.EventData) -> list[Any]:
        token, message = _token(kept, slug), ""
        try:
            cast_vote(self.store, token, _text(event, "trial"), _text(event, "choice"), **_measured(event))
        except Refused as error:
            message = str(error)
        return self.where(token, message, slug)

    def on_undo(self, slug: str, kept: Any) -> list[Any]:
        token, message = _token(kept, slug), ""
        try:
            undo(self.store, token)
        except Refused as error:
            message = str(error)
        return self.where(token, message, slug)

    def on_withdraw(self, slug: str, kept: Any) -> list[Any]:
        token = _token(kept, slug)
        with suppress(Refused):  # nobody we know: there is nothing to delete
            withdraw(self.store, token)
        return self.where(token, slug=slug)

    def on_decline(self, slug: str) -> list[Any]:
        with suppress(BadStudy):
            decline(self.store, slug)
        return [*_screen("ended"), gr.skip(), gr.skip(), _ended("Thank you for looking. Nothing was kept.")]

    def where(self, token: str, message: str = "", slug: str = "") -> list[Any]:
        """Show the participant's current trial, or the thanks; a stranger starts again."""
        config = decided(self.store, slug) if slug else None
        try:
            trial = next_trial(self.store, token)
        except Ended as error:
            return [*_screen("ended"), gr.skip(), gr.skip(), _ended(str(error))]
        except Refused:
            return [*_screen("consent"), *[gr.skip()] * 3]
        if trial is None:
            code = (config.participants.completion_code if config else "") or completion_code(token, self.key)
            return [*_screen("thanks"), gr.skip(), _thanks(code), gr.skip()]
        exposure = config.viewing.minimum_exposure_ms if config else 0
        return [*_screen("trial"), _trial_value(trial, message, exposure), gr.skip(), gr.skip()]

    def knows(self, token: str) -> bool:
        try:
            next_trial(self.store, token)
        except Refused:
            return False
        return True


def study_page(store: Store, key: str, demo: gr.Blocks) -> None:
    """Build the page inside the current route; `key` is for what the browser keeps and shows."""
    desk = Desk(store, key)
    header("study", "Study")
    slug, came = gr.State(""), gr.State(Arrival())
    # {slug: token}: somebody may take part in one study after another.
    tokens = gr.BrowserState({}, storage_key="harmonylab-study", secret=key[:16])
    screens = {name: gr.Column(visible=False, elem_classes=["screen", f"screen-{name}"]) for name in SCREENS}
    with screens["consent"]:
        consent = panel(CONSENT)
        agreed = gr.Checkbox(
            label="I am 18 or older and agree to take part.", elem_id="agree", container=False
        )
        with gr.Row(elem_classes="choices"):
            go_on = gr.Button("Continue", variant="primary", interactive=False, elem_id="go-on")
            declined = gr.Button("No, thank you", elem_id="decline")
    with screens["instructions"]:
        instructions = panel(INSTRUCTIONS)
        start = gr.Button("Start", variant="primary", elem_id="start")
        refusal = panel(elem_classes="quiet")
    with screens["trial"]:
        stage = widget("trial_stage", elem_id="trial")
    with screens["thanks"]:
        thanks = panel(elem_id="thanks")
        leave = widget("leave", elem_id="leave")
    with screens["ended"]:
        ended = panel(elem_id="ended")

    shown = [*screens.values(), stage, thanks, ended]
    demo.load(desk.on_open, tokens, [slug, came, consent, instructions, *shown], **PRIVATE)
    agreed.change(lambda yes: gr.Button(interactive=yes), agreed, go_on, **AT_ONCE)
    go_on.click(lambda: _screen("instructions"), None, list(screens.values()), **AT_ONCE)
    start.click(desk.on_start, [slug, tokens, came], [tokens, *shown, refusal], **PRIVATE)
    declined.click(desk.on_decline, slug, shown, **PRIVATE)
    stage.vote(desk.on_vote, [slug, tokens], shown, **PRIVATE)
    stage.undo(desk.on_undo, [slug, tokens], shown, **PRIVATE)
    for place in (stage, leave):
        place.withdraw(desk.on_withdraw, [slug, tokens], shown, **PRIVATE)


def _token(kept: Any, slug: str) -> str:
    """The participant's token as this browser kept it; "" for a stranger, and for nonsense."""
    token = kept.get(slug) if isinstance(kept, dict) else None
    return token if isinstance(token, str) else ""


def _keep(kept: Any, slug: str, token: str) -> dict[str, str]:
    return {**(kept if isinstance(kept, dict) else {}), slug: token}


def completion_code(token: str, key: str) -> str:
    """Eight letters and digits that prove that this participant came to the end."""
    return hmac.digest(key.encode(), f"done {token}".encode(), "sha256").hex()[:8].upper()


def _screen(name: str) -> list[Any]:
    return [gr.Column(visible=screen == name) for screen in SCREENS]


def _consent(config: StudyConfig | None) -> str:
    """The words of the study, if it has its own, under its title; else those of this software."""
    if config is None or not config.consent.text:
        return CONSENT
    contact = f"Questions: {config.consent.contact}" if config.consent.contact else ""
    return _sheet(config.study.title, *config.consent.text.split("\n\n"), contact)


def _instructions(config: StudyConfig | None) -> str:
    if config is None:
        return INSTRUCTIONS
    width = config.viewing.minimum_width
    wide = f"Please use a window that is at least {width} pixels wide." if width else ""
    more = [f"<p>{escape(words)}</p>" for words in (config.viewing.words, wide) if words]
    return INSTRUCTIONS.replace("</article>", f"{''.join(more)}</article>")


def _sheet(title: str, *paragraphs: str) -> str:
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs if text.strip())
    return f'<article class="sheet"><h1>{escape(title)}</h1>{body}</article>'


def _trial_value(trial: TrialView, message: str, exposure: int = 0) -> dict[str, Any]:
    return {
        "trial": trial.trial_token,
        "left": f"/media/{trial.left_media}",
        "right": f"/media/{trial.right_media}",
        "number": trial.number,
        "total": trial.total,
        "width": trial.width,
        "height": trial.height,
        "allow_tie": trial.allow_tie,
        "question": trial.question,
        "practice": trial.practice,
        "can_undo": trial.can_undo,
        "message": message,
        "exposure": exposure,
        # The browser redraws only what changed, and after a refused vote nothing else has.
        "ticket": secrets.token_hex(4),
    }


def _thanks(code: str) -> str:
    return (
        '<article class="sheet"><h1>Thank you</h1><p>That was the last pair. Your answers are counted.</p>'
        f'<p>Your completion code: <code class="code">{escape(code)}</code></p>'
        '<p><a class="lab-button" href="/results">See the results so far</a></p></article>'
    )


def _ended(words: str) -> str:
    return _sheet("The end", words, "You may close this page.")


def _text(event: gr.EventData, name: str) -> str:
    value = getattr(event, name, "")
    return value[:200] if isinstance(value, str) else ""


def _measured(event: gr.EventData) -> dict[str, Any]:
    """What the browser measured, as far as it makes sense."""
    time = getattr(event, "rt", None)
    rt_ms = int(time) if isinstance(time, int | float) and 0 <= time < 86_400_000 else None
    kind = _text(event, "input")
    return {
        "client_uuid": _text(event, "uuid"),
        "rt_ms": rt_ms,
        "input": kind if kind in ("mouse", "keyboard", "touch") else "mouse",
    }
