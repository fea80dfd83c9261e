"""Define the JSON of requests and responses of the study API. No field contains a method."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from study.records import InputKind, Outcome, Position

Text = Annotated[str, Field(max_length=200)]
Claim = Annotated[str, Field(min_length=32, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
Uuid = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Link = Annotated[dict[Annotated[str, Field(max_length=50)], Text], Field(max_length=30)]
Answers = Annotated[
    dict[Annotated[str, Field(max_length=50)], Annotated[str, Field(max_length=4000)]], Field(max_length=60)
]


Uses = Annotated[int, Field(ge=0, le=10_000)]
Side = Annotated[int, Field(ge=0, le=100_000)]
QuestionKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Shape(BaseModel):
    """Refuse unknown fields, so that misspelt ones are noticed."""

    model_config = ConfigDict(extra="forbid")


class Device(Shape):
    """Describe the participant's window and screen in CSS pixels, and device pixels per CSS pixel."""

    width: Annotated[int, Field(ge=0, le=100_000)] = 0
    height: Annotated[int, Field(ge=0, le=100_000)] = 0
    pixel_ratio: Annotated[float, Field(ge=0, le=100)] = 0
    touch: bool = False
    screen_width: Annotated[int, Field(ge=0, le=100_000)] = 0
    screen_height: Annotated[int, Field(ge=0, le=100_000)] = 0


class Visit(Shape):
    """Describe a visitor before the consent.

    claim: as in Enrolment, where there is one already.
    link: parameters of the address that a recruitment service called, such as PROLIFIC_PID.
    """

    claim: Claim | None = None
    link: Link = {}
    device: Device = Device()


class Enrolment(Shape):
    """Consent to take part. The same `claim` again is the same participant.

    claim: random text of 32 characters or more, made by the front end and kept secret.
    link: as in Visit. screener, before: answers to the forms of these stages, by key of the question.
    """

    claim: Claim
    link: Link = {}
    device: Device = Device()
    screener: Answers = {}
    before: Answers = {}


class AfterAnswers(Shape):
    """Answer the form after the last trial, by key of the question."""

    answers: Answers


class Refusing(Shape):
    """Refuse the consent. link: as in Visit, for the way back to the recruitment service."""

    link: Link = {}


class Resumption(Shape):
    """Request the trial to answer. `returning`: the participant opened the page again."""

    returning: bool = False


class View(Shape):
    """Describe how both pictures of a trial were viewed.

    zoom, flip, reference, outline: how often the pictures were enlarged, shown in each other's place,
    replaced by the reference, and covered by the outline of the object. stacked: one above the other.
    beside: the reference was shown beside both. shown: width and height of each, in pixels of the screen,
    of which a CSS pixel has `ratio`.
    """

    zoom: Uses = 0
    flip: Uses = 0
    reference: Uses = 0
    outline: Uses = 0
    milliseconds_zoomed: Annotated[int, Field(ge=0, lt=86_400_000)] = 0
    stacked: bool = False
    beside: bool = False
    shown: tuple[Side, Side] = (0, 0)
    ratio: Annotated[float, Field(ge=0, le=100)] = 0


class Vote(Shape):
    """Answer a trial. The same `uuid` again is the same click again, and counts once.

    choice: L the left picture, R the right one, T no difference; where the trial has more than two pictures,
    the position of the best, from 1, in place of L and R. rt_ms: from the moment that both pictures
    were visible. grade: 1 better, 2 much better, only where the study asks for it. answers: to every further
    question, by their keys.
    """

    trial: Text
    choice: Outcome | Position
    uuid: Uuid
    rt_ms: Annotated[int, Field(ge=0, lt=86_400_000)] | None = None
    input: InputKind = "mouse"
    grade: Literal[1, 2] | None = None
    answers: Annotated[dict[QuestionKey, Outcome], Field(max_length=5)] = {}
    view: View | None = None


class Undo(Shape):
    """Take back the answer before the trial that is shown; with its token, the same request counts once."""

    trial: Text


class Choice(BaseModel):
    """Hold a choice of a question: the value to send, and its text in the language of the page."""

    value: str
    text: str


class FormQuestion(BaseModel):
    """Hold a question to the person. stage: before consent (screener), before the trials, or after them."""

    stage: Literal["screener", "before", "after"]
    key: str
    text: str
    kind: Literal["choice", "number", "text"]
    choices: list[Choice]
    minimum: float | None
    maximum: float | None
    optional: bool


class StudyInfo(BaseModel):
    """Describe the texts before the first trial, in the language that Accept-Language prefers.

    consent, words: own texts of the study in Markdown, empty where it has none. Fields that end in `_html`
    are ready to be shown; an empty one stands for a text of the page. practice: what is shown with the answer
    to a practice pair, with {picture} for the name of the better one, or empty too. kind: "composites", or
    "images" without a pasted object. pictures: shown at a time. open: people can enrol now. pairs: number
    that a participant sees. minutes: expected duration.
    """

    slug: str
    title: str
    question: str
    open: bool
    consent: str
    contact: str
    words: str
    minimum_width: int
    minimum_exposure_ms: int
    language: str = "en"
    headline: str = ""
    consent_html: str = ""
    instructions_html: str = ""
    words_html: str = ""
    thanks_html: str = ""
    practice: str = ""
    own_question: bool = False
    kind: Literal["composites", "images"] = "composites"
    pictures: int = 2
    pairs: int = 0
    minutes: int = 1
    ties: bool = True
    phones: bool = True
    forms: list[FormQuestion] = []


class Door(BaseModel):
    """State that the visitor may consent and enrol."""

    open: bool = True


class PairQuestion(BaseModel):
    """Show a further question on a pair; texts: the same in other languages."""

    key: str
    text: str
    texts: dict[str, str]


class Trial(BaseModel):
    """Show a pair: addresses of both pictures, which are width × height pixels and equal in bytes.

    sizes: all stored sizes, as width and height, the largest first. Add `?width=` with one of these widths to
    the addresses of both pictures to get that size. reference: address of a picture that may be shown beside
    both, in the same sizes if it has the same shape; outline: address of one that may be shown over both, in
    the same sizes; prompt: a text to be shown with both; all three may be empty.
    next_pictures: addresses of the pictures of the pair after it, in no order of sides, with their sizes and
    reference, to be fetched while this pair is shown. The time of that pair starts when it is requested.
    reference_kind: the picture that both started from, or another one for comparison. reference_beside: show
    it beside both all the time.
    graded: ask how much better the chosen picture is. questions: to be asked after the first answer.
    further: addresses of the third and the fourth picture; the best of all is then asked for.
    """

    trial: str
    left: str
    right: str
    further: list[str]
    number: int
    total: int
    width: int
    height: int
    sizes: list[tuple[int, int]]
    reference: str
    reference_kind: Literal["none", "start", "reference"]
    reference_beside: bool
    outline: str
    prompt: str
    allow_tie: bool
    graded: bool
    question: str
    questions: list[PairQuestion]
    practice: bool
    can_undo: bool
    minimum_exposure_ms: int
    next_pictures: list[str]
    next_sizes: list[tuple[int, int]]
    next_reference: str
    next_outline: str


class State(BaseModel):
    """Describe the state of a participant: at a trial, at the form after it, complete, or ended.

    "open" is the state of a visitor whose answers to the screener admit them.
    code: of the completion, or that the recruitment service expects. return_url: address to go back to, with
    {person} for the id of the person; automatic: without a click. results: address of the results, where
    this participant may read them. own_choices: the participant may ask for their own choices.
    reason, message: why it has ended, for programs and for people.
    token: proof of being this participant, given at enrolment only; send it as `Authorization: Bearer`.
    counted: false where an answer was stored before. better: the better picture of the practice pair that was
    answered, L or R, where the study has a known answer; to be shown before the next trial.
    """

    state: Literal["open", "trial", "form", "complete", "ended"]
    trial: Trial | None = None
    code: str | None = None
    reason: str | None = None
    message: str | None = None
    token: str | None = None
    counted: bool | None = None
    better: Literal["L", "R"] | None = None
    return_url: str | None = None
    automatic: bool | None = None
    results: str | None = None
    own_choices: bool | None = None


class OwnChoice(BaseModel):
    """Show a pair that the participant answered: addresses of both pictures, and the choice.

    further: addresses of the third and the fourth picture, where the best of more than two was chosen.
    """

    left: str
    right: str
    choice: str
    further: list[str] = []


class Choices(BaseModel):
    """Show the participant's own choices, in the order in which they were made."""

    choices: list[OwnChoice]


class Fault(BaseModel):
    """Name a refusal for programs (`code`) and for people (`message`, in the language of Accept-Language)."""

    code: str
    message: str


class Refusal(BaseModel):
    """Hold the fault of every response that is not 2xx."""

    error: Fault
