"""Describe a report: plain values in frozen dataclasses, grouped by what they are about.

Log-worths are natural logarithms and sum to zero over the methods. Intervals have 95 % confidence. Numbers
that cannot be calculated are None.
"""

from dataclasses import dataclass

from study.records import Status
from study.report.looks.taken import LookTaken
from study.statistics.agreement import Alpha, SplitHalf
from study.statistics.data_quality import Share
from study.statistics.goodness_of_fit import CircularTriads
from study.statistics.heterogeneity import Heterogeneity
from study.statistics.planning.separations import Groups
from study.statistics.sensitivity import Variant
from study.summary.best_of import BestOf
from study.summary.further_scales import FurtherScales
from study.summary.pairs import ComparedPair
from study.summary.raters.findings import RaterSummary
from study.summary.scales import jod
from study.summary.second.adjusted import AdjustedScores
from study.summary.second.graded import GradedScores


@dataclass(frozen=True)
class StudyFacts:
    """Hold what identifies a study, and how its votes came about.

    simulated: the votes are simulated. allocation: a description of adaptive allocation, "" for balanced
    blocks.
    """

    slug: str
    title: str
    question: str
    simulated: bool
    allocation: str


@dataclass(frozen=True)
class VoteCounts:
    """Count people and votes.

    enrolled: all who began. participants: those with votes that make the scores. completed: those who
    answered every trial. tie_rate: share of "no difference" among the votes. left_share: share of the left
    picture among the decided votes, None where the sides are unknown.
    """

    enrolled: int
    participants: int
    completed: int
    votes: int
    tie_rate: float | None
    left_share: float | None


@dataclass(frozen=True)
class Score:
    """Describe a method: its log-worth, standard error and interval, and the outcomes of its trials.

    rank_low, rank_high: the possible ranks, given the differences to all other methods at once. preference:
    probability of being preferred to a randomly chosen other method, ties aside. quasi_se: quasi standard
    error; the squares of two of them add up approximately to the variance of the difference (Firth and de
    Menezes, Biometrika 91, 2004), for plots in which readers compare intervals.
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

    @property
    def comparisons(self) -> int:
        """Return the number of votes on pairs with this method."""
        return self.wins + self.losses + self.ties

    @property
    def jod(self) -> float | None:
        """Return the score in just-objectionable differences, of which the mean method has 0."""
        return None if self.log_worth is None else jod(self.log_worth)

    @property
    def jod_se(self) -> float | None:
        """Return the standard error of `jod`."""
        return None if self.se is None else jod(self.se)


@dataclass(frozen=True)
class PairPower:
    """Describe how clear the difference of a pair is.

    preference: probability that a is preferred, ties aside. separated: the simultaneous interval excludes
    zero. residual: observed less expected wins of a, in standard deviations. detectable: the difference that
    this number of votes detects with a power of 80 %. needed, pictures_needed: participants and
    pictures that together detect the present difference with that power; None for pictures where the result
    is about the same pictures.
    """

    preference: float
    separated: bool
    residual: float | None
    detectable: float | None
    needed: int | None
    pictures_needed: int | None = None


@dataclass(frozen=True)
class PairResult:
    """Count the votes on two methods, over both sides; with their difference where there is a ranking."""

    a: str
    b: str
    a_wins: int
    b_wins: int
    ties: int
    compared: ComparedPair | None = None
    power: PairPower | None = None

    @property
    def votes(self) -> int:
        """Return the number of votes on the pair."""
        return self.a_wins + self.b_wins + self.ties


@dataclass(frozen=True)
class OrderEffect:
    """Describe the preference for the left side: log-worth, standard error and two-sided p value."""

    log_worth: float
    se: float
    p: float


@dataclass(frozen=True)
class Ranking:
    """Hold the scores of all methods, or the reason why there are none.

    status: "ok" with scores. explain: the reason in words. methods: best first; in the order of the study
    without scores. interval: confidence, and the population that the intervals are about. errors: how the
    standard errors were estimated. critical: the number of standard errors
    beyond which a difference is significant, with all pairs compared at once; None as well where there are
    too few people for any. first: the methods that may be the best. groups: the numbers of participants and
    pictures. concentrated: few of them have most of the votes.
    """

    status: Status
    explain: str
    methods: tuple[Score, ...]
    pairs: tuple[PairResult, ...]
    log_nu: float | None = None
    order_effect: OrderEffect | None = None
    interval: str = ""
    errors: str = ""
    critical: float | None = None
    first: tuple[str, ...] = ()
    groups: Groups | None = None
    concentrated: bool = False

    @property
    def has_intervals(self) -> bool:
        """Return True where scores have intervals, even if no difference can be judged yet."""
        return any(score.low is not None for score in self.methods)


@dataclass(frozen=True)
class Rule:
    """Describe an exclusion rule: in words, how many participants it flags, and if it excludes them."""

    name: str
    words: str
    flagged: int
    excludes: bool


@dataclass(frozen=True)
class Flagged:
    """Name a participant, by order of enrolment from 1, and the rules that flag them."""

    participant: int
    votes: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class QualitySummary:
    """Summarise how all participants answered.

    rules: in the order of the study's plan. excluded: participants whom rules fixed beforehand exclude from
    the scores. flagged: the first hundred. median_ms: median of all response times.
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
    """Hold the goodness of fit, as in `study.statistics.goodness_of_fit`."""

    g2: float
    pearson: float
    degrees: int
    p: float | None
    simulated: bool


@dataclass(frozen=True)
class Influential:
    """Describe how much some log-worth changes without a participant, in its standard errors."""

    participant: int
    shift: float


@dataclass(frozen=True)
class ModelChecks:
    """Hold the checks of a ranked fit. None where there are too few votes for a check.

    people, pictures: heterogeneity between participants and between items. consistency: median of Kendall's
    zeta over the participants for whom it is defined, whose number is consistent_people.
    """

    fit: Fitness
    circular_triads: CircularTriads
    people: Heterogeneity | None
    pictures: Heterogeneity | None
    halves_of_people: SplitHalf | None
    halves_of_pictures: SplitHalf | None
    consistency: float | None
    consistent_people: int
    influence: tuple[Influential, ...]


@dataclass(frozen=True)
class Reliability:
    """Hold every check of the scores: of the model, of agreement, and with other analyses."""

    checks: ModelChecks | None
    agreement: Alpha | None
    agreement_ordinal: Alpha | None
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Coverage:
    """Count the votes on each item (rows) and pair of methods (columns)."""

    items: tuple[str, ...]
    pairs: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Bar:
    """Count the votes from `start` up to `end`: ISO 8601 times, or milliseconds."""

    start: str
    end: str
    votes: int


@dataclass(frozen=True)
class Distributions:
    """Hold the distributions of the votes over items and pairs, time, and response time."""

    coverage: Coverage
    over_time: tuple[Bar, ...]
    response_times: tuple[Bar, ...]


@dataclass(frozen=True)
class ViewTool:
    """Count the votes and the people with which a tool was used, and the uses in all."""

    name: str
    votes: int
    people: int
    uses: int


@dataclass(frozen=True)
class Viewing:
    """Describe how pairs were viewed, over the votes of which it is known.

    stacked: votes on pictures one above the other. beside: with the reference between both. width_low,
    width_median, width_high: width of a picture in pixels of the screen, with 5 % of the votes below the
    first and above the last.
    """

    votes: int
    stacked: int
    width_low: int
    width_median: int
    width_high: int
    tools: tuple[ViewTool, ...]
    beside: int = 0


@dataclass(frozen=True)
class Grades:
    """Count the votes for a picture that is better, and for one that is much better."""

    better: int
    much_better: int


@dataclass(frozen=True)
class QuestionResult:
    """Hold the scores by the answers to a further question on each pair, and the number of answers."""

    key: str
    text: str
    votes: int
    ranking: Ranking


@dataclass(frozen=True)
class Details:
    """Hold what is known beyond the outcomes of the votes; None and empty where nothing is.

    graded: scores by the grades; adjusted: for covariates. Their `method` is the key in the study.
    """

    viewing: Viewing | None
    grades: Grades | None
    questions: tuple[QuestionResult, ...]
    graded: GradedScores | None = None
    adjusted: AdjustedScores | None = None


@dataclass(frozen=True)
class Citation:
    """Hold everything needed to reproduce the report."""

    software: str
    libraries: tuple[str, ...]
    study_version: int
    study_sha256: str
    study_seed: int
    seed: int
    last_vote_at: str | None


@dataclass(frozen=True)
class Report:
    """Hold everything that a report of a study shows.

    further: None without a ranking. look: None for a table of votes. best_of: of trials with
    more than two pictures, None in a study of pairs.
    """

    study: StudyFacts
    counts: VoteCounts
    ranking: Ranking
    quality: QualitySummary
    reliability: Reliability
    distributions: Distributions
    details: Details
    warnings: tuple[str, ...]
    citation: Citation
    raters: RaterSummary
    further: FurtherScales | None = None
    look: LookTaken | None = None
    best_of: BestOf | None = None

    @property
    def doubtful(self) -> bool:
        """Return True where a warning about people, votes or cycles questions the order of the methods."""
        cycles = self.further.cycles if self.further else None
        return bool(self.raters.doubtful or self.ranking.concentrated or (cycles and cycles.number))
