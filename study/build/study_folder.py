"""Make the folder of a study from pictures and methods: one way for the command line and the pages."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model.bulk.run import HERE, Engine
from model.evaluation.precomputed import Finding
from study.build.bulk import FinishedItems, rendered_items
from study.build.checks import BadMaterial, check_material
from study.build.material import Material, errors_of_model
from study.build.progress import Progress, counted
from study.build.sources import open_sources
from study.collect.stimuli import build_study
from study.config.config import StudyConfig


@dataclass(frozen=True)
class Reports:
    """Hold the functions that get the warnings about files, and the progress of a build."""

    warn: Callable[[Finding], None] = lambda _: None
    progress: Callable[[Progress], None] = lambda _: None


@dataclass(frozen=True)
class EngineReports:
    """Hold the functions that get the warnings about files, and a line of progress for each item."""

    warn: Callable[[Finding], None] = lambda _: None
    line: Callable[[str], None] = lambda _: None


def study_from_sources(
    material: Material,
    config: StudyConfig,
    out: Path,
    *,
    reports: Reports,
    keep_in: Path | None = None,
    freeze: bool = True,
) -> Path:
    """Check all files, run the methods, and write the folder of the study; return it.

    keep_in: folder in which finished pictures are kept until the study is complete: a build that was ended
    goes on from them. freeze: see `build_study`. Raises BadMaterial for faults of files, and BadStudy.
    """
    with errors_of_model():
        _check(material, config, reports)
        sources = open_sources(material, config, keep_in)
        methods: dict[str, Any] = counted(sources.methods, len(sources.items), reports.progress)
        return build_study(out, config, replace(sources, methods=methods), freeze=freeze)


def study_on_engine(
    material: Material,
    config: StudyConfig,
    out: Path,
    *,
    reports: EngineReports,
    engine: Engine,
    freeze: bool = True,
) -> Path:
    """Make the same study as `study_from_sources`, several items at once, on an engine; return its folder.

    Items that are finished are kept beside `out` until the study is complete: a build that was ended, even
    killed, goes on from them. Raises BadMaterial and BadStudy.
    """
    with errors_of_model():
        _check(material, config, reports, engine)
        sources, finished = open_sources(material, config, None), FinishedItems.beside(out)
        items = rendered_items(material, config, list(sources.items), finished, engine, reports.line)
        with closing(items):
            build_study(out, config, sources, freeze=freeze, rendered=items)
        finished.remove()
    return out


def _check(
    material: Material, config: StudyConfig, reports: Reports | EngineReports, engine: Engine = HERE
) -> None:
    """Report the warnings about files. Raises BadMaterial where there are errors."""
    findings = check_material(material, config, engine=engine)
    if any(finding.level == "error" for finding in findings):
        raise BadMaterial(findings)
    for finding in findings:
        reports.warn(finding)
