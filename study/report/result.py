"""What a report is made of. Plain values only, so that it can be written as JSON as it is.

Log-worths are natural logarithms and sum to zero over the methods. Intervals hold with 95 % confidence.
"""

from dataclasses import dataclass

from study.records import Status
from study.statistics.agreement import Alpha, SplitHalf
from study.statistics.data_quality import Share
from study.statistics.goodness_of_fit import CircularTriads
from study.statistics.heterogeneity import Heterogeneity
from study.statistics.sensitivity import Variant


@dataclass(frozen=True)
class Score:
    """A method's place: log-worth, its standard error and interval, and how its trials ended.

    rank_low, rank_high: all places that the differences to the others leave open, for all methods at once.
    preference: chance of being preferred to another method picked at random, if either is. quasi_se: errors
    whose squares add up, nearly, to those of differences, for plots whose intervals are compared by eye.
    """

    key: str
    title: str
    log_worth: float | None
    se: float | None
    low: float | None
    high: float | None
    wins: int
    losses: int
    ties: int
    rank_low: int | None = None
    rank_high: int | None = None
    preference: float | None = None
    quasi_se: float | None = None


@dataclass(frozen=True)
class PairCount:
    """How often each of two methods was preferred to the other, over both sides; and their difference.

    difference: log-worth of a less that of b; low, high: its interval, for all pairs at once. p: that of no
    difference, adjusted for all pairs (Holm). preference: chance that a is preferred, if either is.
    residual: how much more often a was preferred than the scores say, in standard deviations. detectable: the
    difference that so many votes find four times out of five; needed: participants to find the present one.
    """

    a: str
    b: str
    a_wins: int
    b_wins: int
    ties: int
    difference: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    preference: float | None = None
    separated: bool | None = None
    residual: float | None = None
    detectable: float | None = None
    needed: int | None = None


@dataclass(frozen=True)
class Rule:
    """A rule that flags participants: in words, how many it flags, and whether it excludes them."""

    name: str
    words: str
    flagged: int
    excludes: bool


@dataclass(frozen=True)
class Flagged:
    """A participant, numbered by when they enrolled, and the rules that flag them."""

    participant: int
    votes: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class QualitySummary:
    """How participants answered, over all of them.

    rules: in the order of the study's plan. excluded: participants left out of the scores by rules fixed
    beforehand. flagged: the first hundred. median_ms: of all response times.
    """

    rules: tuple[Rule, ...]
    excluded: int
    excluded_votes: int
    flagged: tuple[Flagged, ...]
    gold: Share
    repeats: Share
    median_ms: float | None


@dataclass(frozen=True)
class Fitness:
    """Goodness of fit, as in `study.statistics.goodness_of_fit`."""

    g2: float
    pearson: float
    degrees: int
    p: float | None
    simulated: bool


@dataclass(frozen=True)
class Influential:
    """How far leaving a participant out would move some log-worth, in its standard errors."""

    participant: int
    shift: float


@dataclass(frozen=True)
class Checks:
    """Whether the scores can be trusted. None where there is nothing to judge by."""

    fit: Fitness
    circles: CircularTriads
    people: Heterogeneity | None
    pictures: Heterogeneity | None
    halves_of_people: SplitHalf | None
    halves_of_pictures: SplitHalf | None
    consistency: float | None
    consistent_people: int
    influence: tuple[Influential, ...]


@dataclass(frozen=True)
class Coverage:
    """Votes on each item (rows) and pair of methods (columns)."""

    items: tuple[str, ...]
    pairs: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Bar:
    """How many votes lie from `start` up to `end`: ISO times, or milliseconds."""

    start: str
    end: str
    votes: int


@dataclass(frozen=True)
class Citation:
    """All that it takes to make this report again."""

    software: str
    libraries: tuple[str, ...]
    study_version: int
    study_sha256: str
    study_seed: int
    seed: int
    last_vote_at: str | None


@dataclass(frozen=True)
class Report:
    """The state of a study. Participants are those who voted.

    Scores are None unless `status` is "ok"; `explain` says why in words. `critical`: standard errors beyond
    which a difference counts, with all pairs in view. `first`: methods that may be the best.
    `allocation`: how pairs were allotted, in words; "" for balanced blocks.
    """

    slug: str
    title: str
    question: str
    status: Status
    explain: str
    methods: tuple[Score, ...]
    pairs: tuple[PairCount, ...]
    enrolled: int
    participants: int
    completed: int
    votes: int
    tie_rate: float | None
    left_share: float | None
    log_nu: float | None
    position: float | None
    position_se: float | None
    position_p: float | None
    interval: str
    critical: float | None
    first: tuple[str, ...]
    warnings: tuple[str, ...]
    simulated: bool
    conduct: QualitySummary
    agreement: Alpha | None
    agreement_ordinal: Alpha | None
    checks: Checks | None
    variants: tuple[Variant, ...]
    coverage: Coverage
    allocation: str
    over_time: tuple[Bar, ...]
    response_times: tuple[Bar, ...]
    citation: Citation
