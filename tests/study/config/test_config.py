"""Read `study.toml`: faults have lines, values are stored exactly and used everywhere."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.collect.enrolment import enrol
from study.collect.manifest import config_of, read_manifest
from study.collect.participation import show_next_trial
from study.collect.preregistration import preregistration, to_markdown
from study.collect.registration import register
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.config.config import StudyConfig, read_config
from study.config.questions import FormQuestion, PairQuestion, Texts
from study.config.tables import Analysis, Exclusion, Study, Trials
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.manage.states import open_folder
from study.records import BadStudy
from study.report.build import report_of
from tests.support.paths import DATA, DOCS
from tests.support.study_world import METHODS, answer_all, flat, shown, small_config, small_study, vote

EARLIER = DATA / "earlier_release"
EXAMPLE = DOCS / "study.toml"
EMPTY = np.zeros((40, 60, 3), np.uint8)
SMALL = """
[study]
slug = "small"
title = "Small study"

[stimuli]
methods = ["composite", "alpha", "beta", "gamma"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def default_config(**trials: int) -> StudyConfig:
    config = small_config(votes=6)
    given = {**config.trials.model_dump(exclude={"answers"}), **trials}
    return config.model_copy(update={"trials": Trials(**given)})


def test_the_example_is_valid_and_has_every_key() -> None:
    config = read_config(EXAMPLE)
    text = EXAMPLE.read_text(encoding="utf-8")
    many = {"texts": Texts, "questions": PairQuestion, "forms": FormQuestion}
    for name in StudyConfig.model_fields:
        table: Any = many.get(name) or type(getattr(config, name))
        sections = [one for one in text.split("\n[") if re.match(rf"\[?{name}\W", one)]
        written = {key for one in sections for key in re.findall(r"^(\w+) = ", one, re.MULTILINE)}
        assert set(table.model_fields) - {"codes"} <= written, name


@pytest.mark.parametrize(
    ("file", "sha256"),
    [
        (EARLIER / "study.toml", "e03cb7da82353053e17d08aba5208f6132031647fc4a1892319321f0b766dcbd"),
        (DATA / "study_0_1.toml", "5e628195e265976db026adb98b5e86532d9be36024859e1ead20183ca48a9687"),
    ],
)
def test_files_of_earlier_releases_keep_their_hash(file: Path, sha256: str) -> None:
    config = read_config(file)
    assert config.sha256 == sha256
    assert StudyConfig.from_json(config.to_json()).sha256 == sha256


def test_a_text_after_practice_names_the_picture_and_is_part_of_the_hash(tmp_path: Path) -> None:
    texts = '[texts.en]\nthanks = "Thank you."\n'
    before = read_config(written(tmp_path, SMALL + texts))
    assert "practice" not in json.loads(before.to_json())["texts"]["en"]
    after = read_config(written(tmp_path, f'{SMALL}{texts}practice = "{{picture}} is a photograph."\n'))
    assert after.sha256 != before.sha256 and StudyConfig.from_json(after.to_json()) == after
    with pytest.raises(BadStudy, match=r"texts.en.practice: should have \{picture\}"):
        read_config(written(tmp_path, f'{SMALL}{texts}practice = "The left one."\n'))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("[viewing]\nreference_beside = true\n", "viewing.reference_beside: says where a picture is shown"),
        (
            '[viewing]\nreference_beside = true\nreference = "composite"\n[trials]\npictures = 3\n',
            "viewing.reference_beside: needs two pictures",
        ),
    ],
)
def test_a_reference_between_both_needs_two_pictures_and_a_reference(
    tmp_path: Path, lines: str, message: str
) -> None:
    with pytest.raises(BadStudy, match=message):
        read_config(written(tmp_path, SMALL + lines))


NEW_KEYS = {
    "study": 'language = "{}"',
    "stimuli": 'kind = "{}"',
    "trials": 'answers = "{}"',
    "viewing": 'reference = "{}"',
    "participants": 'return_url = "{}"',
    "devices": "phones = {}",
    "results": 'access = "{}"',
}
VALUES = {
    "study": ("en", "de"),
    "stimuli": ("composites", "images"),
    "trials": ("three", "graded"),
    "viewing": ("none", "composite"),
    "participants": ("", "https://example.org/{code}"),
    "devices": ("true", "false"),
    "results": ("organizers", "public"),
}


@pytest.mark.parametrize("table", NEW_KEYS)
def test_a_default_that_is_written_down_keeps_the_hash_and_another_value_changes_it(
    tmp_path: Path, table: str
) -> None:
    def with_value(value: str) -> StudyConfig:
        line = NEW_KEYS[table].replace("{}", value, 1)
        head = f"[{table}]\n"
        text = SMALL.replace(head, f"{head}{line}\n") if head in SMALL else f"{SMALL}{head}{line}\n"
        return read_config(written(tmp_path, text))

    default, other = map(with_value, VALUES[table])
    assert default.sha256 == read_config(written(tmp_path, SMALL)).sha256 != other.sha256
    assert StudyConfig.from_json(other.to_json()) == other


def test_ties_and_answers_say_the_same(tmp_path: Path) -> None:
    def trials(lines: str) -> Trials:
        return read_config(written(tmp_path, f"{SMALL}[trials]\n{lines}\n")).trials

    assert trials("ties = false") == trials('answers = "two"') == Trials(ties=False)
    assert (Trials(ties=False).answers, Trials(answers="graded").ties) == ("two", True)
    with pytest.raises(BadStudy, match="does not agree with ties"):
        trials('ties = false\nanswers = "graded"')


FORM = '[[forms]]\nstage = "before"\nkey = "first"\ntext = "Sure?"\nchoices = ["yes", "no"]\n'


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (FORM.replace("text", "txt"), "line 12: forms.txt: there is no such key; did you mean text?"),
        (FORM + FORM.replace('"before"', '"later"'), "line 15: forms.stage: input should be 'screener'"),
        (FORM + FORM, "line 9: forms: two of them have the same key"),
        (FORM.replace('choices = ["yes", "no"]', ""), "line 9: forms.choices: a choice needs at least two"),
        (FORM + 'accept = ["yes"]', 'line 14: forms.accept: only where stage = "screener"'),
        (
            FORM.replace("before", "screener") + 'accept = ["maybe"]',
            "line 14: forms.accept: should be some of the choices",
        ),
        (FORM.replace("first", "First"), "line 11: forms.key: should be small letters, digits and _"),
        ('[forms]\nkey = "x"', "line 9: forms: should be tables, each with the head [[forms]]"),
        (
            "[texts.de]\nheading = 'x'",
            "line 10: texts.de.heading: there is no such key; did you mean headline",
        ),
        ("[texts.Deutsch]\nheadline = 'x'", "line 9: texts.Deutsch: should be a language"),
        ("[participants.codes]\nfailed = 'x'", "line 10: participants.codes.failed: needs gold pairs"),
        ("[participants]\nreturn_url = 'x.org'", "line 10: participants.return_url: should begin with"),
    ],
)
def test_faults_of_texts_and_forms_have_lines(tmp_path: Path, more: str, expected: str) -> None:
    with pytest.raises(BadStudy) as refused:
        read_config(written(tmp_path, f"{SMALL}\n{more}\n"))
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("accept", "value", "admitted"),
    [([], "17", True), ([18, 99], "17", False), ([18, 99], "18", True), ([18, 99], "99.5", False)],
)
def test_a_screener_admits_a_range_of_numbers(accept: list[Any], value: str, admitted: bool) -> None:
    question = FormQuestion(stage="screener", key="age", text="Age?", kind="number", accept=accept)
    assert question.admits(value) == admitted


def test_missing_tables_have_default_values(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, SMALL))
    assert config.trials == Trials() and config.exclude == Exclusion()
    assert config.exclude.limits.speed == 400


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('slug = "small"', 'slug = "My Study"'), "line 3: study.slug: should be small letters"),
        (('title = "Small study"\n', ""), "line 2: study.title: is missing"),
        (('title = "S', 'titel = "S'), "line 4: study.titel: there is no such key; did you mean title?"),
        (("[stimuli]", "[stimulus]"), "line 6: stimulus: there is no such table; did you mean stimuli?"),
        (('"alpha", "beta", "gamma"', ""), "line 7: stimuli.methods: a study compares at least two methods"),
        (('"alpha", ', '"beta", '), "line 7: stimuli.methods: one of them is named twice"),
        (
            ("[stimuli]", '[stimuli]\nanchor = "pih"'),
            "line 7: stimuli.anchor: 'pih' is not one of",
        ),
        (("[stimuli]", "[stimuli\n"), "is not valid TOML: Expected ']'"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, change: tuple[str, str], expected: str) -> None:
    with pytest.raises(BadStudy) as refused:
        read_config(written(tmp_path, SMALL.replace(*change)))
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('[trials]\nvotes = "many"', "line 10: trials.votes: input should be a valid integer, but is 'many'"),
        ("[trials]\n\nvotes = 0", "line 11: trials.votes: input should be greater than or equal to 1"),
        ("[trials]\nvotes = 5\nrepeats = 6", "line 11: trials.repeats: no more pairs can be repeated"),
        ("[trials]\ngold = 2", "line 10: trials.gold: gold pairs need pictures"),
        ("[trials]\npractice = 2", "line 10: trials.practice: practice needs items"),
        ("[trials]\npictures = 5", "line 10: trials.pictures: input should be 2, 3 or 4"),
        ('[exclude]\nrules = ["gold"]', "line 10: exclude.rules: gold cannot exclude anybody"),
        ('[exclude]\nrules = ["looks"]', "line 10: exclude.rules: input should be 'gold', 'repeats'"),
        ("[allocation]\npair_minimum = 5", "line 10: allocation.pair_minimum: only where rule"),
        ('[allocation]\nrule = "adaptive"', "line 9: allocation.pair_minimum: please set how many"),
        ("[stopping]\nlooks = [0.5, 0.4, 1.0]", "line 10: stopping.looks: shares should grow"),
        ("[stopping]\nlooks = [0.5, 1.0]", "line 10: stopping.looks: are shares of a target"),
        ("[participants]\ntarget = 9\nmaximum = 8", "line 11: participants.maximum: is smaller than"),
        ("[viewing]\nminimum_width = 1.5", "line 10: viewing.minimum_width: input should be a valid integer"),
    ],
)
def test_contradictions_and_wrong_values_have_lines(tmp_path: Path, more: str, expected: str) -> None:
    with pytest.raises(BadStudy) as refused:
        read_config(written(tmp_path, f"{SMALL}\n{more}\n"))
    assert expected in str(refused.value) and len(str(refused.value).splitlines()) == 1


SEVERAL = SMALL + "[trials]\npictures = 3\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('answers = "graded"', "trials.answers: grades need two pictures"),
        ("repeats = 2", "trials.repeats: only pairs can be repeated"),
        ('[exclude]\nrules = ["side"]', "exclude.rules: side needs two pictures"),
        ('[allocation]\nrule = "adaptive"\npair_minimum = 5', "allocation.rule: only pairs"),
        ('[[questions]]\nkey = "k"\ntext = "T?"', "questions: further questions need two pictures"),
    ],
)
def test_what_needs_pairs_is_refused_with_three_pictures(tmp_path: Path, more: str, expected: str) -> None:
    config = read_config(written(tmp_path, SEVERAL))
    assert config.trials.pictures == 3 and StudyConfig.from_json(config.to_json()) == config
    with pytest.raises(BadStudy) as refused:
        read_config(written(tmp_path, SEVERAL + more))
    assert expected in str(refused.value)


def test_a_trial_needs_as_many_methods_as_pictures(tmp_path: Path) -> None:
    two = SEVERAL.replace('"alpha", "beta", "gamma"', '"alpha"')
    with pytest.raises(BadStudy, match="a trial shows each method once"):
        read_config(written(tmp_path, two))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('stimuli.methods = ["a", "composite"]\nstudy.slug = "X"\nstudy.title = "T"', "line 2: study.slug"),
        ('stimuli = {methods = ["a"]}\nstudy = {slug = "x", title = "T"}', "line 1: stimuli.methods"),
        ('study = 3\n[stimuli]\nmethods = ["a", "composite"]', "line 1: study: should be a table, [study]"),
        (SMALL + '[trials]\n"votes" = 0', "line 9: trials.votes"),
        (SMALL + "[[trials]]\nvotes = 0", "line 8: trials: should be a table, [trials]"),
    ],
    ids=["dotted", "inline", "no table", "quoted", "many"],
)
def test_other_spellings_of_a_key_have_a_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(BadStudy) as refused:
        read_config(written(tmp_path, text))
    assert expected in str(refused.value) and len(str(refused.value).splitlines()) == 1


def test_a_byte_order_mark_is_allowed(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, "\ufeff" + SMALL)) == read_config(written(tmp_path, SMALL))


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    with pytest.raises(BadStudy) as refused:
        read_config(written(tmp_path, SMALL + "[trials]\nvotes = -1\nfoo = 2\n[nothing]\n"))
    assert len(str(refused.value).splitlines()) == 3


def test_a_missing_file_or_one_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadStudy, match="UTF-8"):
        read_config(tmp_path / "study.toml")
    with pytest.raises(BadStudy, match="was not found"):
        read_config(tmp_path / "absent.toml")


@given(st.text(min_size=1, max_size=30), st.integers(1, 99), st.floats(0.01, 1), st.integers(0, 2**31 - 1))
def test_json_gives_the_same_study_and_any_change_another_hash(
    title: str, votes: int, gold: float, seed: int
) -> None:
    config = default_config(votes=votes).model_copy(
        update={
            "study": Study(slug="s", title=title, seed=seed),
            "exclude": Exclusion(gold=gold, rules=["speed"]),
        }
    )
    again = StudyConfig.from_json(config.to_json())
    assert again == config and again.sha256 == config.sha256
    assert default_config(votes=votes + 1).sha256 != default_config(votes=votes).sha256


def built(folder: Path, config: StudyConfig, **more: Any) -> Path:
    return small_study(folder, config=config, **more)


def test_a_study_folder_holds_its_configuration_and_a_change_is_refused(tmp_path: Path) -> None:
    config = default_config()
    folder = built(tmp_path / "small", config)
    manifest = read_manifest(folder)
    assert config_of(manifest) == config
    manifest["config"]["trials"]["votes"] = 7
    (folder / "study.json").write_text(json.dumps(manifest))
    store = Store.open(f"sqlite:///{tmp_path / 'v.db'}")
    with pytest.raises(BadStudy, match="was changed"):
        register(store, folder)
    assert store.current_study() is None
    store.close()


def test_participants_get_trials_of_every_kind(tmp_path: Path) -> None:
    config = default_config(votes=12, gold=2, repeats=1, practice=1)
    practice = config.stimuli.model_copy(update={"practice": ["scene3"], "gold": "gold"})
    config = config.model_copy(update={"stimuli": practice})
    pictures = {f"g{i}": (flat(10)(EMPTY), flat(90)(EMPTY)) for i in range(2)}
    store = Store.open(f"sqlite:///{tmp_path / 'v.db'}")
    open_folder(store, built(tmp_path / "small", config, items=4, gold=pictures), "test")
    token = enrol(store, "small")
    first = show_next_trial(store, token)
    assert first is not None and first.practice
    assert len(answer_all(store, token)) == 12 + 2 + 1 + 1
    with store.reading() as tx:
        study = tx.study("small")
        layout = tx.layout(study.id)
    assert (len(layout.items), len(layout.gold), len(layout.practice)) == (3, 2, 6)
    assert StudyConfig.from_json(study.config_json) == config and study.config_sha256 == config.sha256
    store.close()


def test_a_changed_configuration_is_a_new_version(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'v.db'}")
    for n, ties in enumerate((True, False)):
        open_folder(store, built(tmp_path / f"s{n}", default_config(ties=ties)), "test")
    with store.reading() as tx:
        assert tx.study("small").version == 2
    store.close()


def test_the_report_excludes_participants_by_the_configured_rules(tmp_path: Path) -> None:
    config = default_config().model_copy(update={"exclude": Exclusion(rules=["run"], run=5)})
    store = Store.open(f"sqlite:///{tmp_path / 'v.db'}")
    open_folder(store, built(tmp_path / "small", config), "test")
    answer_all(store, enrol(store, "small"))  # always the left picture
    for _ in range(4):
        token = enrol(store, "small")
        for choice in "LRTLRT":
            vote(store, token, shown(store, token), choice)
    data = read_study(store, "small")
    fixed, free = report_of(data), report_of(data, excluding=())
    assert (fixed.quality.excluded, free.quality.excluded) == (1, 0)
    assert (fixed.counts.votes, free.counts.votes) == (24, 30)
    store.close()


def test_covariates_are_checked_registered_and_part_of_the_hash(tmp_path: Path) -> None:
    plain = read_config(written(tmp_path, SMALL))
    assert "analysis" not in json.loads(plain.to_json())
    lines = '[analysis]\ncovariates = ["view_zoom", "stimuli.brightness"]\n'
    config = read_config(written(tmp_path, SMALL + lines))
    assert config.sha256 != plain.sha256 and StudyConfig.from_json(config.to_json()) == config
    text = to_markdown(preregistration(small_study(tmp_path / "small", config=config)))
    assert "view_zoom of the vote, less the mean; and of brightness of the left picture" in text
    assert "adjusts" not in to_markdown(preregistration(small_study(tmp_path / "plain", config=plain)))
    for wrong, message in (
        ('["zoom"]', "covariates: 'zoom' is unknown; please use some of rt_ms, view_zoom"),
        ('["rt_ms", "rt_ms"]', "named twice"),
        ('["rt_ms"]\n[trials]\npictures = 3', "analysis.covariates: need two pictures"),
    ):
        with pytest.raises(BadStudy, match=re.escape(message)):
            read_config(written(tmp_path, f"{SMALL}[analysis]\ncovariates = {wrong}\n"))


def test_a_covariate_of_the_stimuli_needs_their_table(tmp_path: Path) -> None:
    config = small_config(votes=6).model_copy(
        update={"analysis": Analysis(covariates=["stimuli.brightness"])}
    )
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    open_folder(store, small_study(tmp_path / "small", config=config), "test")
    assert not any("covariate" in warning for warning in report_of(read_study(store, "small")).warnings)
    worths = Preferences(dict(zip(METHODS, (-0.6, -0.2, 0.2, 0.6), strict=True)))
    simulate_raters(store, "small", worths, Raters(30, 6, 1))
    found = report_of(read_study(store, "small"))
    store.close()
    assert any("names brightness of the stimuli" in warning for warning in found.warnings)
