"""Test codes, rejection, restoring, notes, ids to pay by, rehearsals and pilots, in both databases."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from study.collect.ending import farewell
from study.collect.enrolment import CODE_LETTERS, Applicant, Recruited, enrol, prepare
from study.collect.participation import Step, begin, show_next_trial, withdraw
from study.collect.registration import register
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.manage.ids import erase_ids, ids_csv, participants_csv
from study.manage.log import entries
from study.manage.people import add_note, delete_pilot, people, reject, restore, set_aside_pilot
from study.manage.states import delete_draft, open_folder, pause, versions
from study.records import BadStudy, Ended, Refused
from study.report.build import build_report
from tests.support.study_world import add_rules, answer_all, person, shown, small_study, vote

KEY = "s"
HIRED = Applicant("prolific", Recruited("5f1", "study-8", "visit-9"), "claim of 5f1", KEY)


@pytest.fixture
def small(store: Store, tmp_path: Path) -> Store:
    """Open the small study."""
    open_folder(store, small_study(tmp_path / "small"), "ada")
    return store


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def blocks(store: Store) -> list[int | None]:
    with store.reading() as tx:
        return list(tx.connection.scalars(text("SELECT block FROM participant ORDER BY id")))


def test_everybody_has_a_code_which_is_their_completion_code(small: Store) -> None:
    token = enrol(small, "small")
    answer_all(small, token)
    (one,) = people(small, "small")
    assert farewell(small, token, "earlier").ending.code == one.code
    assert len(one.code) == 8 and set(one.code) <= set(CODE_LETTERS)
    assert (one.status, one.votes, one.trials, one.to_pay) == ("complete", 12, 12, True)


def test_a_participant_of_an_earlier_release_is_found_without_a_code(small: Store) -> None:
    token = enrol(small, "small")
    with small.transaction() as tx:
        tx.connection.execute(text("UPDATE participant SET code = ''"))
    answer_all(small, token)
    assert farewell(small, token, "earlier").ending.code == "earlier"
    (one,) = people(small, "small")
    add_note(small, "small", None, one.code, "ada", "called")
    assert one.code.startswith("#") and people(small, "small")[0].note == "called"


def test_a_rejected_participant_counts_nowhere_and_another_gets_the_place(small: Store) -> None:
    add_rules(small, max_participants=2)
    first = enrol(small, "small", person("1"))
    answer_all(small, first)
    answer_all(small, enrol(small, "small", person("2")), "R")
    with pytest.raises(Refused, match="enough"):
        enrol(small, "small", person("3"))
    code = people(small, "small")[0].code
    reject(small, "small", None, code, "ada", "always left")
    report = build_report(small, "small")
    assert (report.counts.votes, report.counts.enrolled) == (12, 1)
    assert report.warnings[0] == (
        "One participant is left out: their answers were rejected by the organizers."
    )
    assert versions(small, "small")[0].votes == 12
    with pytest.raises(Ended, match="ended your participation"):
        show_next_trial(small, first)
    enrol(small, "small", person("3"))
    assert blocks(small) == [None, 1, 0]
    restore(small, "small", None, code, "ada")
    assert build_report(small, "small").counts.votes == 24
    assert show_next_trial(small, first) is None
    for act in ("restore", "reject"):
        (entry,) = (one for one in entries(small) if one.action == act)
        assert entry.details["code"] == code and entry.who == "ada"


def test_rejections_of_the_wrong_person_are_refused(small: Store) -> None:
    token = enrol(small, "small")
    code = people(small, "small")[0].code
    with pytest.raises(BadStudy, match="is active, not rejected"):
        restore(small, "small", None, code, "ada")
    with pytest.raises(BadStudy, match="Nobody in small, version 1, has the code WRONG"):
        reject(small, "small", None, "WRONG", "ada")
    withdraw(small, token)
    with pytest.raises(BadStudy, match="is withdrawn"):
        reject(small, "small", None, code, "ada")
    assert [one.action for one in entries(small)] == ["active"]


def test_the_rules_that_somebody_fails_are_listed(small: Store) -> None:
    answer_all(small, enrol(small, "small"), "L")
    slow = enrol(small, "small")
    for choice in "LRTLRTLRTLRT":
        vote(small, slow, shown(small, slow), choice)
    assert [one.failed for one in people(small, "small")] == [("side", "run"), ()]


def test_ids_are_readable_with_the_secret_only_until_they_are_erased(small: Store) -> None:
    token = enrol(small, "small", HIRED)
    other = enrol(small, "small", replace(HIRED, recruited=Recruited("=6a2"), claim="another claim"))
    codes = [one.code for one in people(small, "small")]
    rows = table(ids_csv(small, "small", None, KEY, "ada"))
    assert rows == [
        {"code": codes[0], "participant": "5f1", "study": "study-8", "session": "visit-9"},
        {"code": codes[1], "participant": "'=6a2", "study": "", "session": ""},
    ]
    assert entries(small)[0].action == "ids downloaded" and entries(small)[0].details["people"] == 2
    with small.reading() as tx:
        stored = repr(tx.connection.execute(text("SELECT * FROM participant")).all())
    assert "5f1" not in stored and "study-8" not in stored
    with pytest.raises(BadStudy, match="another secret"):
        ids_csv(small, "small", None, "another", "ada")
    withdraw(small, token)
    assert [row["participant"] for row in table(ids_csv(small, "small", None, KEY, "ada"))] == ["'=6a2"]
    assert erase_ids(small, "small", None, "ada") == 1
    assert table(ids_csv(small, "small", None, KEY, "ada")) == []
    with pytest.raises(Refused, match="another browser"):
        enrol(small, "small", replace(HIRED, recruited=Recruited("=6a2"), claim="a third claim"))
    assert other


def test_the_table_of_participants_lists_whom_to_pay(small: Store) -> None:
    for name in "12":
        answer_all(small, enrol(small, "small", person(name)))
    half = enrol(small, "small", person("3"))
    vote(small, half, shown(small, half))
    first, second, third = people(small, "small")
    reject(small, "small", None, first.code, "ada", "=fast")
    rows = table(participants_csv(small, "small"))
    assert [(row["code"], row["participant"], row["state"], row["to_pay"]) for row in rows] == [
        (first.code, "", "rejected", "no"),
        (second.code, "1", "complete", "yes"),
        (third.code, "2", "active", "no"),
    ]
    assert rows[0]["reason"] == "'=fast" and rows[1]["minutes"] == "0.0" and rows[2]["votes"] == "1"
    assert rows[1]["checks_failed"] == "side run"
    assert read_study(small, "small").responses.participant.max() == 1


def test_a_pilot_is_set_aside_and_leaves_its_places(small: Store) -> None:
    done = enrol(small, "small", HIRED)
    answer_all(small, done)
    half = enrol(small, "small")
    vote(small, half, shown(small, half))
    assert set_aside_pilot(small, "small", None, "ada") == 2
    assert blocks(small) == [None, None]
    vote(small, half, shown(small, half))
    answer_all(small, enrol(small, "small"))
    assert blocks(small)[2] == 0
    assert build_report(small, "small").counts.votes == 12 == versions(small, "small")[0].votes
    assert build_report(small, "small").counts.enrolled == 1
    assert len(read_study(small, "small", people="pilot").responses) == 14
    assert [one.phase for one in people(small, "small")] == ["pilot", "pilot", "main"]
    with pytest.raises(Refused, match="another browser"):
        enrol(small, "small", replace(HIRED, claim="another claim"))
    assert delete_pilot(small, "small", None, "ada") == 2
    assert len(people(small, "small")) == 1 and len(read_study(small, "small").responses) == 12
    with pytest.raises(Refused, match="do not know"):
        show_next_trial(small, half)
    assert enrol(small, "small", replace(HIRED, claim="another claim"))


def test_a_rehearsal_works_in_a_draft_and_counts_nowhere(store: Store, tmp_path: Path) -> None:
    register(store, small_study(tmp_path / "small"))
    add_rules(store, gold=1, practice=1, repeats=1)
    for number in range(2):
        claim = Applicant("test", claim=f"a long random claim {number}", secret=KEY, phase="rehearsal")
        step = begin(store, prepare(store, "small", 1), claim)
        assert isinstance(step, Step) and step.trial is not None
        assert len(answer_all(store, step.token)) == 15
        assert farewell(store, step.token, "").ending.code
    assert blocks(store) == [None, None] and people(store, "small") == []
    assert len(read_study(store, "small").responses) == 0
    assert (versions(store, "small")[0].participants, versions(store, "small")[0].votes) == (0, 0)
    delete_draft(store, "small", None, "ada")
    assert blocks(store) == []


def test_a_rehearsal_goes_on_in_a_paused_study(small: Store) -> None:
    pause(small, "small", None, "ada")
    claim = Applicant("test", claim="a long random claim", secret=KEY, phase="rehearsal")
    step = begin(small, prepare(small, "small"), claim)
    assert len(answer_all(small, step.token)) == 12
    with pytest.raises(Refused, match="paused"):
        enrol(small, "small")
