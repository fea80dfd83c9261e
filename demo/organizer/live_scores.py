"""Show organizers the scores of all votes at any moment at which a report has scores, too."""

import threading
import time

from study.database.rows import StudyRow
from study.database.store import Store
from study.manage.live_scores import LiveBoards, LiveScores
from study.report.build import Reports

ASK_AGAIN = 60.0  # seconds until a study that had no scores is reported on again


class OpenScores:
    """Hold the scores of the studies of a store. Safe to share between threads.

    A running study has no scores at first: with few people no interval is valid at every look. One report
    decides this; after it, only new votes are read.
    """

    def __init__(self, store: Store) -> None:
        self._reports = Reports(store)
        self._boards = LiveBoards(store)
        self._asked: dict[tuple[int, str], float] = {}
        self._open: set[tuple[int, str]] = set()
        self._lock = threading.Lock()

    def of(self, study: StudyRow) -> LiveScores | None:
        """Return the scores; None before there are any, and for more than two pictures at a time."""
        if study.pictures != 2 or not self._has_scores(study):
            return None
        return self._boards.of(study)

    def _has_scores(self, study: StudyRow) -> bool:
        """Return True where a report on the study has scores in its present state, asking once a minute."""
        key = (study.id, study.status)
        with self._lock:
            now = time.monotonic()
            if key in self._open or now - self._asked.get(key, -ASK_AGAIN) < ASK_AGAIN:
                return key in self._open
            self._asked[key] = now
            if self._reports.of(study.slug, study.version).report.ranking.has_intervals:
                self._open.add(key)
            return key in self._open
