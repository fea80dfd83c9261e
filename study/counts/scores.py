"""Make the scores of a study from its counts, in a time that does not depend on the number of votes."""

from dataclasses import dataclass

from study.config.config import StudyConfig
from study.config.schedules import schedule_of
from study.counts.errors import errors_from_counts
from study.counts.moments import Counts
from study.counts.update import bring_up_to_date
from study.database import queries
from study.database.responses.load_responses import changes_of
from study.database.rows import StudyRow
from study.database.store import Store
from study.records import StudySummary
from study.report.build import SEED
from study.report.looks.taken import LookTaken, look_taken
from study.report.markdown import section_in_markdown
from study.report.ranking import RankedFit, ranking_of
from study.report.result import Ranking, VoteCounts
from study.report.sections import facts_of, pairs_section, scores_section
from study.statistics.bradley_terry import Fit, fit
from study.statistics.goodness_of_fit import goodness_of_fit
from study.statistics.looks.decisions import compare_at
from study.statistics.looks.schedule import Look, look_at
from study.statistics.multiple_comparisons import PEOPLE_AND_PICTURES
from study.statistics.planning.separations import Groups
from study.votes import TIE

ERRORS = (
    "These scores are made from counts of the votes. Errors by participant are those of large samples (CR1). "
    "`python -m study report` reads every vote, and checks the scores."
)


@dataclass(frozen=True)
class CountedScores:
    """Hold the scores of a study, as a report has them. look: which analysis this is."""

    title: str
    counts: VoteCounts
    ranking: Ranking
    look: LookTaken | None

    def to_markdown(self) -> str:
        """Return facts, scores and pairs."""
        sections = (scores_section(self.ranking, self.look), pairs_section(self.ranking))
        texts = [text for section in sections for text in section_in_markdown(section)]
        return "\n\n".join([f"# {self.title}", facts_of(self.counts), ERRORS, *texts]) + "\n"


def scores_from_counts(store: Store, slug: str, version: int | None = None) -> CountedScores:
    """Bring the counts of a study up to date, and return its scores. Raises BadStudy, Unavailable."""
    with store.reading() as tx:
        study = tx.study(slug, version)
    counts = bring_up_to_date(store, study)
    with store.reading() as tx:
        study = tx.study(slug, study.version)
        summary = queries.summary(tx.connection, study)
        moved = any("target" in new.get("participants", {}) for _, new in changes_of(tx.connection, study))
    config = StudyConfig.from_json(study.config_json) if study.config_json else None
    schedule = schedule_of(config, len(summary.methods))
    look = look_at(schedule, summary.completed, study.status == "closed", moved=moved)
    return _scores(study, summary, counts, look)


def _scores(study: StudyRow, summary: StudySummary, counts: Counts, look: Look) -> CountedScores:
    names = [method.title for method in summary.methods]
    result = fit(counts.cells.astype(float), names, order_effect=True)
    ranked = rank_counts(result, counts, look)
    ranking = ranking_of(summary.methods, counts.cells.astype(float), result, ranked)
    taken = look_taken(look, ranking.critical, intervals=ranking.has_intervals)
    return CountedScores(study.title, _votes(summary, counts), ranking, taken)


def rank_counts(result: Fit, counts: Counts, look: Look) -> RankedFit | None:
    """Compare all methods like `ranking.rank`; return None where the votes give no finite scores."""
    errors = errors_from_counts(result, counts)
    if errors is None or result.log_worths is None:
        return None
    pictures = int(counts.items.any(axis=1).sum()) if errors.words == PEOPLE_AND_PICTURES else None
    groups = Groups(int(counts.voters), pictures)
    errors, compared = compare_at(
        result.log_worths, errors, look, participants=groups.participants, seed=SEED
    )
    fitness = goodness_of_fit(counts.cells.astype(float), result, seed=SEED)
    return RankedFit(result, result.log_worths, errors, compared, fitness, groups)


def _votes(summary: StudySummary, counts: Counts) -> VoteCounts:
    left, right, ties = (int(counts.cells[..., outcome].sum()) for outcome in range(TIE + 1))
    votes, decided = left + right + ties, left + right
    return VoteCounts(
        enrolled=summary.participants,
        participants=int(counts.voters),
        completed=summary.completed,
        votes=votes,
        tie_rate=ties / votes if votes else None,
        left_share=left / decided if decided else None,
    )
