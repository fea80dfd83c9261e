"""Serve what comes before the first trial: texts, the check at the door, and the questions that screen."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from demo.api import shapes
from demo.api.endings import Endings
from demo.api.rehearsal import Rehearsals, is_rehearsal
from study.collect.door import check_door, check_person, screen_out
from study.collect.enrolment import (
    Applicant,
    Consented,
    PreparedStudy,
    Recruited,
    hash_token,
    is_over,
    plain,
    prepare,
)
from study.collect.forms import admits, checked_answers, questions_of
from study.collect.recruitment import Arrival, arrival
from study.config.config import StudyConfig
from study.config.markdown import to_html
from study.config.page_texts import PageTexts, choose_language, minutes_of, own_text, page_texts
from study.config.questions import FormQuestion
from study.config.study_configs import config_of
from study.database import people_queries
from study.database.rows import StudyRow
from study.database.store import Store
from study.records import BadStudy, Refused

FEWEST_TIMES = 30  # response times that give a median
SECONDS_KEPT = 600.0  # for which a median is kept, so that everybody reads the same duration
Given = shapes.Visit | shapes.Enrolment


@dataclass
class Durations:
    """Keep the median response time of each study for some minutes. Safe to share between threads."""

    store: Store
    _kept: dict[int, tuple[float, float | None]] = field(default_factory=dict)

    def seconds(self, study: int) -> float | None:
        """Return the median response time of a study in seconds, None where too few are known."""
        until, seconds = self._kept.get(study, (0.0, None))
        if until < time.monotonic():
            with self.store.reading() as tx:
                times = people_queries.recent_times(tx.connection, study)
            seconds = statistics.median(times) / 1000 if len(times) >= FEWEST_TIMES else None
            self._kept[study] = (time.monotonic() + SECONDS_KEPT, seconds)
        return seconds


@dataclass(frozen=True)
class Welcome:
    """Run the requests before the first trial; `key` is the server's key for hashes and tokens.

    languages: of the page, the preferred one first.
    """

    store: Store
    key: str
    durations: Durations
    endings: Endings

    def info(
        self, slug: str, token: str, languages: Sequence[str], link: Mapping[str, str] | None = None
    ) -> shapes.StudyInfo:
        """Return the texts of a study, of the version of this participant if there is one. Raises Refused.

        link: parameters of the address, which may be that of a rehearsal.
        """
        row, now = self._row(slug, token, link or {})
        config = config_of(row)
        texts = self._texts(row, config, languages)
        return shapes.StudyInfo(
            slug=row.slug,
            title=row.title,
            question=texts.question,
            open=(row.status == "active" and not is_over(row, now)) or is_rehearsal(link or {}),
            consent=own_text(config, "consent", texts.language),
            contact=config.consent.contact,
            words=config.viewing.words,
            minimum_width=config.minimum_width,
            minimum_exposure_ms=config.viewing.minimum_exposure_ms,
            language=texts.language,
            headline=texts.headline,
            consent_html=to_html(texts.consent),
            instructions_html=to_html(texts.instructions),
            words_html=to_html(texts.words),
            thanks_html=to_html(texts.thanks),
            practice=texts.practice,
            own_question=texts.own_question,
            kind=config.stimuli.kind,
            pictures=row.pictures,
            pairs=pairs_of(row),
            minutes=minutes_of(
                pairs_of(row), len(config.forms), self.durations.seconds(row.id), row.pictures
            ),
            ties=row.allow_ties,
            phones=config.devices.phones,
            forms=[_question(question, texts.language) for question in config.forms],
        )

    def bare_info(self, languages: Sequence[str]) -> shapes.StudyInfo:
        """Return the texts of the study of a bare address. Raises Refused where no study is chosen."""
        slug = self.store.current_study()
        if slug is None:
            raise Refused("no_study")
        return self.info(slug, "", languages)

    def door(self, slug: str, given: shapes.Visit) -> shapes.Door | shapes.State:
        """Return that the visitor may consent, or the end for somebody who was screened. Raises Refused."""
        study = self.prepared(slug, given.link)
        came = arrived(study, given.link)
        token = check_door(self.store, study, came, self._applicant(came, given, Consented()))
        return self.endings.screened(token) if token else shapes.Door()

    def screen(self, slug: str, given: shapes.Enrolment) -> shapes.State:
        """Return the state "open", or the end for somebody whom the answers do not admit. Raises Refused."""
        return self.screened_out(self.prepared(slug, given.link), given) or shapes.State(state="open")

    def screened_out(self, study: PreparedStudy, given: shapes.Enrolment) -> shapes.State | None:
        """Return the end for somebody whom the answers do not admit, None for others. Raises Refused."""
        questions = questions_of(study.config, "screener")
        if not questions or admits(questions, checked_answers(questions, given.screener)):
            return None
        came = arrived(study, given.link)
        _check(study, came, given)
        return self.endings.screened(screen_out(self.store, study, self._applicant(came, given, Consented())))

    def applicant(self, study: PreparedStudy, given: shapes.Enrolment, languages: Sequence[str]) -> Applicant:
        """Return who consents, with checked answers to the forms. Raises Refused like the door."""
        came, config = arrived(study, given.link), config_of(study.row)
        _check(study, came, given)
        texts = self._texts(study.row, config, languages)
        answers = {
            "screener": checked_answers(questions_of(config, "screener"), given.screener),
            "before": checked_answers(questions_of(config, "before"), given.before),
        }
        consented = Consented(config.consent.version, texts.consent, texts.language, answers)
        return self._applicant(came, given, consented)

    def prepared(self, slug: str, link: Mapping[str, str]) -> PreparedStudy:
        """Return a study, or the version that a link rehearses, with all that enrolment needs.

        Raises Refused for an unknown one.
        """
        version = self.rehearsals.version(slug, link)
        try:
            return prepare(self.store, plain(slug), version)
        except BadStudy:
            raise Refused("unknown_study") from None

    @property
    def rehearsals(self) -> Rehearsals:
        """Return what checks the addresses of rehearsals."""
        return Rehearsals(self.key)

    def _applicant(self, came: Arrival, given: Given, consented: Consented) -> Applicant:
        if is_rehearsal(given.link):
            return Applicant(
                "test", None, given.claim or "", self.key, _device(given), consented, "rehearsal"
            )
        return Applicant(
            source=came.source,
            recruited=Recruited(came.person, came.study, came.visit) if came.person else None,
            claim=given.claim or "",
            secret=self.key,
            device=_device(given),
            consent=consented,
        )

    def _row(self, slug: str, token: str, link: Mapping[str, str]) -> tuple[StudyRow, str]:
        """Return the study, of the version of this participant if there is one, and the time now."""
        version = self.rehearsals.version(slug, link)
        try:
            with self.store.reading() as tx:
                own = people_queries.study_of(tx.connection, hash_token(token)) if token else None
                if own is not None and slug in ("", own.slug):
                    return own, tx.now
                return tx.study(plain(slug), version), tx.now
        except BadStudy:
            raise Refused("unknown_study") from None

    def _texts(self, row: StudyRow, config: StudyConfig, languages: Sequence[str]) -> PageTexts:
        language = choose_language(languages, config)
        return page_texts(config, language, pairs_of(row), self.durations.seconds(row.id))


def arrived(study: PreparedStudy, link: Mapping[str, str]) -> Arrival:
    """Return the arrival by the parameters of a link to this study."""
    return arrival(link, study.config.participants.source if study.config else "open")


def pairs_of(row: StudyRow) -> int:
    """Return the number of pairs that a participant sees."""
    return row.votes_per_participant + row.gold + row.repeats + row.practice


def _check(study: PreparedStudy, came: Arrival, given: Given) -> None:
    """Raise Refused for a link or a device that the study refuses; a rehearsal needs neither."""
    if not is_rehearsal(given.link):
        check_person(study.config, came, _device(given))


def _device(given: Given) -> dict[str, object]:
    return given.device.model_dump(exclude_defaults=True)


def _question(question: FormQuestion, language: str) -> shapes.FormQuestion:
    texts = question.choice_texts.get(language, question.choices)
    return shapes.FormQuestion(
        stage=question.stage,
        key=question.key,
        text=question.texts.get(language, question.text),
        kind=question.kind,
        choices=[
            shapes.Choice(value=value, text=text) for value, text in zip(question.choices, texts, strict=True)
        ],
        minimum=question.minimum,
        maximum=question.maximum,
        optional=question.optional,
    )
