"""What was decided before the first vote, for a registry: configuration, design, analysis plan, hashes."""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.collect.config import StudyConfig
from study.collect.manifest import MANIFEST, config_of, read_manifest
from study.records import BadStudy
from study.statistics.data_quality import rules_in_words
from study.statistics.interim_analyses import InterimAnalysis, limits_for_participants, plan_interim_analyses
from study.statistics.sample_size import Aim, error_of_one_pair

ANALYSIS = (
    "Scores are log-worths of a Bradley-Terry model with Davidson's ties and a term for the left side, "
    "fitted by maximum likelihood to all votes that are not excluded. They sum to zero.",
    "Errors are clustered by participant. Intervals are 95 %, for each score and, for all pairs of methods "
    "at once, by the simultaneous quantile; ranks are those that the latter leave open.",
    "If the votes do not allow finite scores (methods that never met, or one that always won), no ranking is "
    "given, and the reason is.",
    "Reported beside it, whatever comes out: ties as half a win and without ties, without the side term, "
    "errors of the model and by participant and picture, all participants and only those whom no rule flags.",
)


def preregistration(folder: str | Path) -> dict[str, Any]:
    """Everything, as plain values. Raises BadStudy for a study that was built without a configuration."""
    folder = Path(folder)
    manifest = read_manifest(folder)
    config = config_of(manifest)
    if config is None:
        raise BadStudy(f"{folder.name} was built without --config, so nothing was decided beforehand.")
    rules = rules_in_words(config.exclude.limits)
    return {
        "format": "harmonylab-preregistration",
        "version": 1,
        "config": config.model_dump(mode="json"),
        "config_sha256": config.sha256,
        "manifest_sha256": hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest(),
        "stimuli_sha256": {
            f"{method} · {item['key']}": entry["sha256"]
            for item in manifest["items"]
            for method, entry in item["stimuli"].items()
        },
        "design": _design(config, manifest),
        "looks": [{"share": look.share, "critical": round(look.critical, 4)} for look in _looks(config)],
        "exclusion": [rules[name] for name in config.exclude.rules],
        "flags_only": [words for name, words in rules.items() if name not in config.exclude.rules],
        "analysis": list(ANALYSIS),
    }


def _design(config: StudyConfig, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared, and how many votes are planned, where a number of participants is."""
    pairs = math.comb(len(config.stimuli.methods), 2)
    votes, target = manifest["votes_per_participant"], config.participants.target
    return {
        "items": [item["key"] for item in manifest["items"] if not item.get("practice")],
        "pairs_of_methods": pairs,
        "votes_per_participant": votes,
        "planned_votes": None if target is None else target * votes,
        "planned_votes_per_pair": None if target is None else target * votes / pairs,
    }


def _looks(config: StudyConfig) -> tuple[InterimAnalysis, ...]:
    """Limits that keep the error over all looks and all pairs of methods together."""
    methods, alpha = len(config.stimuli.methods), config.stopping.alpha
    aim = Aim(methods, difference=1.0, alpha=alpha, multiplicity="simultaneous")
    looks = plan_interim_analyses(config.stopping.looks, error_of_one_pair(aim))
    target = config.participants.target
    return looks if target is None else limits_for_participants(looks, target)


def to_json(registered: dict[str, Any]) -> str:
    """Identical for identical studies."""
    return json.dumps(registered, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def to_markdown(registered: dict[str, Any]) -> str:
    """For people, with the hashes at the end."""
    config = StudyConfig.model_validate(registered["config"])
    design = registered["design"]
    adaptive = config.allocation.rule == "adaptive"
    parts = [
        f"# {config.study.title}",
        f"> {config.study.question}",
        "## Design",
        _bullets([
            f"Methods: {', '.join(config.stimuli.methods)}; measured against {config.stimuli.anchor}.",
            f"Composites: {len(design['items'])}. Pairs of methods: {design['pairs_of_methods']}.",
            f"A participant sees {design['votes_per_participant']} pairs, balanced over "
            f"{'' if adaptive else 'pairs, '}composites and sides, and besides "
            f"{config.trials.gold} with a known answer, "
            f"{config.trials.repeats} again with sides swapped, {config.trials.practice} for practice.",
            *([config.allocation.in_words()] if adaptive else []),
            _ties(config),
            _people(config, design),
        ]),
        "## When the votes are looked at",
        f"Over all looks and all pairs of methods together, the chance of any false difference is "
        f"{config.stopping.alpha:.0%}.",
        _bullets([
            f"At {look['share']:.0%} of the planned votes: a difference counts beyond "
            f"{look['critical']:.2f} standard errors."
            for look in registered["looks"]
        ]),
        "## Who is left out",
        _bullets(registered["exclusion"] or ["Nobody."]),
        "Reported, but not left out for it:",
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


def _ties(config: StudyConfig) -> str:
    return "“No difference” is offered." if config.trials.ties else "One of the two has to be chosen."


def _people(config: StudyConfig, design: dict[str, Any]) -> str:
    people = config.participants
    if people.target is None:
        return f"No number of participants is planned. They come from: {people.source}."
    return (
        f"Planned: {people.target} participants ({people.source}; at most {people.maximum or 'any number'}), "
        f"{design['planned_votes']} votes, {design['planned_votes_per_pair']:.0f} for each pair of methods."
    )
