"""Describe a build to the page: its settings, its files, what is wrong, and how far its task is."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from demo.study_builds.builds import Build, Builds
from demo.study_builds.drafts import Problem, config_of
from demo.study_builds.plan import plan_of
from model.images.composite_folder import plain_name
from model.images.formats import READ
from model.methods import Method

MOST_NAMES = 6  # of missing results that are listed


def overview(builds: Builds, build: Build, progress: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return all that the page shows of a build. Reads names of files, no pictures."""
    files = files_of(builds.files(build.id), build.settings)
    config = config_of(build.settings, builds.files(build.id))
    plan = plan_of(build.settings, len(files["items"]))
    return {
        **asdict(build),
        "progress": progress,
        "files": files,
        "problems": [asdict(one) for one in config if isinstance(one, Problem)]
        if isinstance(config, list)
        else [],
        "plan": asdict(plan) if plan else None,
    }


def summary(build: Build, progress: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a list of builds shows of one."""
    study = build.settings.get("study")
    title = study.get("title", "") if isinstance(study, dict) else ""
    return {
        "id": build.id, "title": title, "who": build.who, "created": build.created, "state": build.state,
        "task": build.task, "error": build.error, "study": build.study, "progress": progress,
    }  # fmt: skip


def method_of(method: Method) -> dict[str, Any]:
    """Return what the page shows of a method that this software has."""
    return {"name": method.name, "title": method.title, "reason": method.reason, "optional": method.optional}


def files_of(files: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return names of composites, masks and results below the files of a build."""
    found = {part: _names(files / part) for part in ("composite", "mask", "reference", "inputs")}
    results = {folder.name: _names(folder) for folder in _folders(files / "results")}
    stimuli = settings.get("stimuli")
    images = isinstance(stimuli, dict) and stimuli.get("kind") == "images"
    items = sorted(set().union(*results.values())) if images else found["composite"]
    return {
        "items": items,
        "without_mask": [] if images else [name for name in items if name not in found["mask"]],
        "without_picture": [name for name in found["mask"] if name not in found["composite"]],
        "results": {method: _result_of(names, items) for method, names in results.items()},
        "gold": len(_names(files / "gold" / "better")),
        "practice": len(_names(files / "practice" / "better")),
        "references": len(found["reference"]),
        "inputs": len(found["inputs"]),
        "prompts": (files / "prompts.csv").is_file(),
    }


def _result_of(names: list[str], items: list[str]) -> dict[str, Any]:
    missing = sorted(set(items) - set(names))
    unknown = sorted(set(names) - set(items))
    return {
        "count": len(names), "missing": len(missing), "first_missing": missing[:MOST_NAMES],
        "unknown": unknown[:MOST_NAMES],
    }  # fmt: skip


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _names(folder: Path) -> list[str]:
    """Return the names of the pictures of a folder, without suffix."""
    if not folder.is_dir():
        return []
    return sorted({plain_name(path.stem) for path in folder.iterdir() if path.suffix.lower() in READ
                   and not path.name.startswith(".")})  # fmt: skip
