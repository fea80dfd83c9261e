"""Write the plan of a study for a registry: configuration, design, analysis and hashes."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from study.collect.manifest import config_of, manifest_sha256, read_manifest
from study.config.config import StudyConfig
from study.config.page_texts import registered_question
from study.config.schedules import schedule_of
from study.number_formats import percent
from study.records import BadStudy
from study.statistics.data_quality import rules_in_words
from study.statistics.looks.schedule import Schedule
from study.statistics.planning.best_of import gain_of_best
from study.statistics.planning.pictures import USUAL_SPREAD, USUAL_TASTE, USUAL_TIES, Pictures, detectable
from study.statistics.sample_size import Aim, crowd_of_taste

ANALYSIS = (
    "Scores are log-worths of a Bradley-Terry model with Davidson's ties and an order effect, fitted by "
    "maximum likelihood to all votes that are not excluded. They sum to zero.",
    "Standard errors are clustered by participant and by picture, with corrections for few and unequal ones "
    "(CR2); where few of them have most of the votes, the others show how much they differ. "
    "Intervals have 95 % confidence, for each score and, by "
    "the simultaneous quantile, for all pairs of methods at once; ranks are those that the latter allow.",
    "If the votes do not allow finite scores (no votes link some methods, or one method always won), the "
    "report gives the reason and no ranking.",
    "Reported in any case: ties as half a win and without ties, without the order effect, standard errors of "
    "the model and by participant and picture, all participants and only those whom no rule flags.",
)


ABOUT_PAIRS = ("repeats", "side")  # rules that have no meaning for more than two pictures
BEST_OF = (
    "Each trial shows {pictures} pictures of a scene, of which the best is chosen. Scores are log-worths of "
    "the Plackett-Luce model of these choices, with ties of all pictures and effects of the positions, "
    "fitted by maximum likelihood to all choices that are not excluded. They sum to zero.",
    *ANALYSIS[1:3],
)


def preregistration(folder: str | Path) -> dict[str, Any]:
    """Return the plan as plain values. Raises BadStudy for a study that was built without a configuration."""
    folder = Path(folder)
    manifest = read_manifest(folder)
    config = config_of(manifest)
    if config is None:
        raise BadStudy(f"{folder.name} was built without --config, so nothing was decided beforehand.")
    rules = rules_in_words(config.exclude.limits)
    if config.trials.pictures > 2:
        rules = {name: words for name, words in rules.items() if name not in ABOUT_PAIRS}
    schedule = schedule_of(config, len(config.stimuli.methods))
    return {
        "format": "harmonylab-preregistration",
        "version": 1,
        "config": config.model_dump(mode="json"),
        "config_sha256": config.sha256,
        "manifest_sha256": manifest_sha256(folder),
        "stimuli_sha256": {
            f"{method} · {item['key']}": entry["sha256"]
            for item in manifest["items"]
            for method, entry in item["stimuli"].items()
        },
        "design": _design(config, manifest),
        "looks": [{"share": one.share, "critical": round(one.critical, 4)} for one in schedule.analyses],
        "any_look": _any_look(schedule),
        "exclusion": [rules[name] for name in config.exclude.rules],
        "flags_only": [words for name, words in rules.items() if name not in config.exclude.rules],
        "analysis": _analysis(config),
    }


def _analysis(config: StudyConfig) -> list[str]:
    pictures, adjusted = config.trials.pictures, config.analysis.in_words()
    if pictures > 2:
        return [line.format(pictures=pictures) for line in BEST_OF]
    return [*ANALYSIS, *([adjusted] if adjusted else [])]


def _design(config: StudyConfig, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is compared, and the planned number of votes, None without a target of participants."""
    pairs = math.comb(len(config.stimuli.methods), 2)
    votes, target = manifest["votes_per_participant"], config.participants.target
    items = [item["key"] for item in manifest["items"] if not item.get("practice")]
    return {
        "items": items,
        "pairs_of_methods": pairs,
        "votes_per_participant": votes,
        "planned_votes": None if target is None else target * votes,
        "planned_votes_per_pair": None
        if target is None
        else target * votes * math.comb(config.trials.pictures, 2) / pairs,
        "detectable": _detectable(config, votes, len(items)),
    }


def _detectable(config: StudyConfig, votes: int, items: int) -> dict[str, float | None] | None:
    """Return the difference that the planned people and pictures detect, None with fewer than two."""
    people = config.participants.target
    if people is None or people < 2 or items < 2:
        return None
    methods, ties = len(config.stimuli.methods), USUAL_TIES if config.trials.ties else 0.0
    aim = Aim(methods, difference=1.0, alpha=config.stopping.alpha, tie_rate=ties)
    crowd = crowd_of_taste(USUAL_TASTE, votes, methods, ties, USUAL_SPREAD)
    crowd = replace(crowd, worth=gain_of_best(config.trials.pictures))
    pictures = Pictures(items, USUAL_SPREAD, USUAL_TASTE)
    return {
        "power": aim.power,
        "taste_sd": USUAL_TASTE,
        "picture_sd": USUAL_SPREAD,
        "difference": _rounded(detectable(aim, crowd, pictures, people)),
        "with_any_number_of_people": _rounded(detectable(aim, crowd, pictures, None)),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _any_look(schedule: Schedule) -> dict[str, float | None]:
    """Return g of the confidence sequence, and its limit at the planned number; None without one."""
    limit = None if schedule.target is None else schedule.sequence_at(schedule.target)
    return {
        "mixture": schedule.mixture,
        "critical": None if limit is None or not math.isfinite(limit) else round(limit, 4),
    }


def to_json(registered: dict[str, Any]) -> str:
    """Return the plan as JSON; equal studies give equal bytes."""
    return json.dumps(registered, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def to_markdown(registered: dict[str, Any]) -> str:
    """Return the plan as Markdown, with the hashes at the end."""
    config = StudyConfig.model_validate(registered["config"])
    design = registered["design"]
    adaptive = config.allocation.rule == "adaptive"
    parts = [
        f"# {config.study.title}",
        f"> {registered_question(config)}",
        "## Design",
        _bullets([
            f"Methods: {', '.join(config.stimuli.methods)}; the anchor is {config.stimuli.anchor}.",
            f"Composites: {len(design['items'])}. Pairs of methods: {design['pairs_of_methods']}.",
            _shown(config, design["votes_per_participant"]),
            *([config.allocation.in_words()] if adaptive else []),
            _ties(config),
            _people(config, design),
            *([_size(design["detectable"])] if design.get("detectable") else []),
        ]),
        "## Interim analyses",
        "Over all analyses and all pairs of methods together, the probability of any false difference is "
        f"{percent(config.stopping.alpha)}.",
        _bullets([
            f"At {percent(one['share'])} of the planned votes: a difference is significant beyond "
            f"{one['critical']:.2f} standard errors."
            for one in registered["looks"]
        ]),
        _any_other(registered["any_look"]),
        "## Exclusion of participants",
        _bullets(registered["exclusion"] or ["Nobody."]),
        "Flagged in the report, but not excluded:",
        _bullets(registered["flags_only"] or ["Nothing."]),
        "## Analysis",
        _bullets(registered["analysis"]),
        "## Hashes",
        f"Configuration: `{registered['config_sha256']}`  \nStudy with all pictures: "
        f"`{registered['manifest_sha256']}`",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _any_other(registered: dict[str, float | None]) -> str:
    limit = registered["critical"]
    words = (
        "At any other moment, intervals are those of a confidence sequence with participants as units "
        "(Lindon et al., JASA 2026) and Bonferroni's correction for all pairs, valid however often the votes "
        f"are analysed; its mixture parameter g is {registered['mixture']:g}."
    )
    at_target = f" With all participants its limit is {limit:.2f} standard errors." if limit else ""
    return words + at_target


def _shown(config: StudyConfig, votes: int) -> str:
    """Return a sentence on the trials of a participant."""
    trials = config.trials
    if trials.pictures > 2:
        return (
            f"A participant sees {votes} sets of {trials.pictures} pictures of one composite, balanced over "
            f"methods, positions, pairs and composites, and in addition {trials.gold} gold pairs and "
            f"{trials.practice} sets for practice."
        )
    pairs = "" if config.allocation.rule == "adaptive" else "pairs, "
    return (
        f"A participant sees {votes} pairs, balanced over {pairs}composites and sides, and in addition "
        f"{trials.gold} gold pairs, {trials.repeats} repeats with sides swapped and {trials.practice} pairs "
        "for practice."
    )


def _ties(config: StudyConfig) -> str:
    if config.trials.ties:
        return "“No difference” is offered."
    return f"One of the {'two' if config.trials.pictures == 2 else 'pictures'} has to be chosen."


def _people(config: StudyConfig, design: dict[str, Any]) -> str:
    people = config.participants
    if people.target is None:
        return f"No number of participants is planned. They come from: {people.source}."
    return (
        f"Planned: {people.target} participants ({people.source}; at most {people.maximum or 'any number'}), "
        f"{design['planned_votes']} votes, {design['planned_votes_per_pair']:.0f} for each pair of methods."
    )


def _size(found: dict[str, float | None]) -> str:
    """Return what the planned people and pictures can show, and what no number of people could."""
    difference, limit = found["difference"], found["with_any_number_of_people"]
    shown = (
        "no difference is so large that"
        if difference is None
        else f"a difference of {_log_worth(difference)} is the smallest that"
    )
    more = "" if limit is None else f" (with any number of people, {_log_worth(limit)})"
    return (
        f"In people and pictures like these, {shown} {percent(found['power'])} of such studies find it{more}."
        f" This is for log-worths that differ by {found['taste_sd']} between people and by "
        f"{found['picture_sd']} between pictures (standard deviations), with Bonferroni's correction for all "
        "pairs and a single analysis."
    )


def _log_worth(difference: float) -> str:
    return f"{difference:.2f} log-worth ({percent(1 / (1 + math.exp(-difference)))} of decided votes)"
