"""Report on a study in which the best of three pictures was chosen: scores, counts, archive, exclusions."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from study.bundle.archive import read_bundle, write_bundle
from study.collect.enrolment import enrol
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.report.build import build_report, report_of
from study.report.html_page import to_html
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from study.report.paper import paper_files
from study.vote_files.export import to_csv
from study.vote_files.fit_rankings import fit_ranking_table
from study.vote_files.foreign_formats import read_answers
from study.vote_files.rankings import rankings_of
from study.vote_files.report_tables import read_report_table
from tests.support.study_world import METHODS, answer_all, open_store, person, small_config

WORTHS = dict(zip(METHODS, (-0.6, -0.2, 0.2, 0.6), strict=True))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path, config=small_config(pictures=3), items=8)


def simulate(store: Store, raters: int = 150) -> None:
    simulate_raters(store, "small", Preferences(WORTHS, log_nu=-1.5), Raters(raters, 12, seed=4))


def test_scores_are_those_of_the_model_with_their_counts(store: Store) -> None:
    simulate(store)
    report = build_report(store, "small")
    assert report.ranking.status == "ok" and report.counts.votes == 1800
    assert [score.key for score in report.ranking.methods] == ["gamma", "beta", "alpha", "composite"]
    for score in report.ranking.methods:
        assert score.log_worth is not None and score.se is not None
        assert abs(score.log_worth - WORTHS[score.key]) < 4 * score.se
        assert score.comparisons == 1350  # each method is in three of four trials
    found = report.best_of
    assert found is not None and (found.pictures, found.trials) == (3, 1800)
    assert sum(one.chosen for one in found.methods) == sum(one.chosen for one in found.positions)
    assert sum(one.chosen for one in found.methods) + found.ties == 1800
    assert [effect.position for effect in found.effects] == [1, 2, 3]
    assert all(abs(effect.effect) <= 4 * effect.se for effect in found.effects)  # raters have no favourite
    assert found.effects[-1].effect == 0
    coverage = np.array(report.distributions.coverage.counts)
    assert coverage.sum() == 3 * 1800 and coverage.max() - coverage.min() <= 8


def test_the_fit_of_the_exported_table_has_the_same_scores(store: Store, tmp_path: Path) -> None:
    simulate(store)
    path = tmp_path / "rankings.csv"
    path.write_bytes(to_csv(rankings_of(read_study(store, "small"))))
    table = read_answers(path)
    fitted = fit_ranking_table(table, position=True)  # type: ignore[arg-type]
    for score in build_report(store, "small").ranking.methods:
        assert fitted["methods"][score.key]["log_worth"] == pytest.approx(score.log_worth, abs=1e-6)
    assert fitted["votes"] == 1800


def test_a_report_is_readable_and_the_archive_gives_it_again(store: Store, tmp_path: Path) -> None:
    simulate(store, 20)
    report = build_report(store, "small")
    text = to_markdown(report)
    assert "Each trial showed 3 pictures of a scene" in text and "Plackett" in text
    assert "Best of 3 pictures" in to_html(report)
    assert json.loads(to_json(report))["best_of"]["trials"] == 240
    write_bundle(store, "small", 1, tmp_path / "small.zip")
    assert to_json(report_of(read_bundle(tmp_path / "small.zip"))) == to_json(report)


def test_files_for_a_paper_have_the_words_of_choices(store: Store) -> None:
    simulate(store, 40)
    report = build_report(store, "small")
    files = paper_files(report)
    table, text, sources = files["table.tex"], files["methods.txt"], files["paper.bib"]
    assert "Plackett--Luce log-worths (sum zero) of 480 choices by 40 people" in table and "trials" in table
    assert "40 participants chose the best in 480 trials" in text and "3 pictures at a time" in text
    assert "Plackett-Luce model [@plackett1975; @turner2020] with ties and an effect of each position" in text
    assert "Bradley" not in text + table and "Davidson" not in text and "left picture" not in text
    assert "plackett1975" in sources and "turner2020" in sources and "bradley1952" not in sources
    assert "is preferred to composite in" in text
    assert set(re.findall(r"@([a-z]+\d{4})", text)) <= set(re.findall(r"@\w+\{(\w+),", sources))


def test_a_table_of_choices_gives_the_report_of_its_study(store: Store, tmp_path: Path) -> None:
    simulate(store, 40)
    path = tmp_path / "rankings.csv"
    path.write_bytes(to_csv(rankings_of(read_study(store, "small"))))
    own, found = build_report(store, "small"), report_of(read_report_table(path))
    assert found.best_of is not None and not found.best_of.ranked and found.counts.votes == 480
    assert own.further is not None and found.further is not None
    scores = {score.key: score for score in found.ranking.methods}
    for score in own.ranking.methods:
        same = scores[score.key]
        assert (score.wins, score.losses, score.ties) == (same.wins, same.losses, same.ties)
        assert same.log_worth == pytest.approx(score.log_worth, abs=1e-7)
        assert same.se == pytest.approx(score.se, abs=1e-7)
    assert found.best_of.positions == own.best_of.positions  # type: ignore[union-attr]
    assert found.distributions.response_times == own.distributions.response_times
    anchored = report_of(read_report_table(path), anchor="gamma").further
    assert anchored is not None and anchored.anchor.anchor == "gamma"


def test_without_answers_there_is_a_reason(store: Store) -> None:
    report = build_report(store, "small")
    assert report.ranking.status == "no_votes" and report.counts.votes == 0
    assert "There are no votes yet" in to_markdown(report)


def test_who_always_chooses_one_position_is_flagged(store: Store) -> None:
    simulate(store, 10)
    answer_all(store, enrol(store, "small", person("first")), "1")
    data = read_study(store, "small")
    report = report_of(data, excluding=("run",))
    rules = {rule.name: rule.flagged for rule in report.quality.rules}
    assert rules == {"gold": 0, "speed": 0, "run": 1}
    assert (report.quality.excluded, report.quality.excluded_votes) == (1, 12)
    assert report.counts.votes == 120 and any("left out" in line for line in report.warnings)
