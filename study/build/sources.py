"""Turn folders of pictures and names of methods into the sources of a study."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from model.evaluation.precomputed import Results, Source, open_results, read_sources, results_folder
from model.images.composite_folder import CompositeFolder
from model.images.files import read_matte, read_picture
from model.methods import get_method, resolve_name
from study.build.contexts import contexts_of, prompts_of
from study.build.material import (
    KNOWN,
    Material,
    Subject,
    Subjects,
    beside_pairs,
    chosen_items,
    image_files,
    known_pairs,
    pair_files,
)
from study.build.progress import Run, kept
from study.collect.stimuli import KnownPairs, StudySources
from study.config.config import StudyConfig
from study.records import BadStudy


def open_sources(material: Material, config: StudyConfig, keep_in: Path | None) -> StudySources[Any]:
    """Return the items, methods and gold pairs of a configuration; nothing is decoded yet but gold
    and practice pairs.

    keep_in: folder for finished pictures, see `kept`. Raises BadStudy, and the errors of `model`.
    """
    images = config.stimuli.kind == "images"
    sources = _image_sources(material, config) if images else _composite_sources(material, config, keep_in)
    contexts, prompts = contexts_of(material, config), prompts_of(material)
    found = known_pairs(material, config)
    gold, practice = (_known_pairs(found[kind]) if kind in found else KnownPairs() for kind in KNOWN)
    return replace(sources, gold=gold, practice=practice, contexts=contexts, prompts=prompts)


def _image_sources(material: Material, config: StudyConfig) -> StudySources[Any]:
    """Return sources whose methods are all precomputed, without composites."""
    files = image_files(material, config)
    about = read_sources(material.results) if material.results else {}
    described = {name: about.get(name, Source(name=name, title=name)) for name in files}
    items = chosen_items(config, list(next(iter(files.values()))))
    return StudySources(
        items={name: Subject(name) for name in items},
        methods={name: _read_from(found) for name, found in files.items()},
        titles={name: source.title for name, source in described.items()},
        origins={name: source.model_dump() for name, source in described.items()},
    )


def _read_from(files: Mapping[str, list[Path]]) -> Run:
    return lambda subject: read_picture(files[subject.name][0]).pixels


def _composite_sources(material: Material, config: StudyConfig, keep_in: Path | None) -> StudySources[Any]:
    names = config.stimuli.methods
    composites = CompositeFolder(material.pictures)
    results = results_of(material.results, names)
    check_names(names)
    methods = {name: _run_of(name, results, keep_in) for name in names}
    return StudySources(
        mask=lambda subject: subject.of_composite.matte,
        items=Subjects(composites, chosen_items(config, list(composites))),
        methods=methods,
        titles={n: results[n].source.title if n in results else get_method(n).title for n in names},
        origins={name: _source(name, results) for name in names},
    )


def results_of(folder: Path | None, names: list[str]) -> dict[str, Results]:
    """Open the precomputed results of the methods that have a folder of their name."""
    if folder is None:
        return {}
    return {name: open_results(folder, name) for name in names if results_folder(folder, name)}


def check_names(names: list[str]) -> None:
    """Raise BadStudy where two names mean one method."""
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(resolve_name(name), name)
        if other != name:
            raise BadStudy(f"{other} and {name} are names of the same method. Please keep one of them.")


def _run_of(name: str, results: Mapping[str, Results], keep_in: Path | None) -> Run:
    """Return a method: its precomputed results, else ours. Raises UnknownMethod, BadStudy."""
    if name in results:
        return lambda subject: results[name].read(subject.name, subject.of_composite)
    method = get_method(name)
    if not method.available:
        raise BadStudy(f"{name} cannot run here: {method.reason}")

    def run(subject: Subject) -> Any:
        return method.run(subject.of_composite)

    return run if keep_in is None else kept(name, run, keep_in)


def _source(name: str, results: Mapping[str, Results]) -> dict[str, Any]:
    """Return the title, version, licence and address of a method, so that the study can be repeated."""
    if name in results:
        return results[name].source.model_dump()
    method = get_method(name)
    return {"name": name, "title": method.title, "licence": method.licence, "url": method.url}


def _known_pairs(folder: Path) -> KnownPairs:
    """Return pairs with a known answer, and what is shown with them: reference/ and the outlines of mask/."""
    pairs = {
        name: (read_picture(better).pixels, read_picture(worse).pixels)
        for name, (better, worse) in pair_files(folder).items()
    }
    beside, masks = (beside_pairs(folder, part) for part in ("reference", "mask"))
    return KnownPairs(
        pairs,
        {name: read_picture(path).pixels for name, path in beside.items()},
        {name: read_matte(path, pairs[name][0].shape[:2]) for name, path in masks.items() if name in pairs},
    )
