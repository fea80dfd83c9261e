"""Write and read the archive: votes, counts, pictures shown, registration and report, with checksums."""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from study.bundle.facts import facts_of, restored
from study.collect import preregistration
from study.collect.manifest import MANIFEST
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.records import BadStudy
from study.report.build import report_of
from study.report.html_page import to_html
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from study.vote_files.dataframe import read_frame
from study.vote_files.export import counts_of, to_csv, votes_of
from study.vote_files.rankings import choices_of, rankings_of
from study.vote_files.read import BadVotes, read_texts
from study.votes import StudyData

FACTS, VOTES, SUMS = "study.json", "votes.csv", "SHA256SUMS"
RANKINGS = "rankings.csv"  # of a study with more than two pictures at a time
CHUNK = 1 << 20
MOST_BYTES = 1 << 30  # of a table or of the facts when they are read back
MOMENT = (1980, 1, 1, 0, 0, 0)  # the same for all files, so that the same study gives the same archive
README = """This archive holds a study of HarmonyLab.

votes.csv           one line for each answer; participants are numbers without a meaning elsewhere
counts.csv          how often each outcome of each pair was chosen, by picture and side
rankings.csv        one line for each picture of each trial, where trials have three or four pictures
study.json          methods, pictures and numbers of people, which the report needs
report.*            the scores with intervals and all checks
registration/       what was fixed before the first vote, and the list of all pictures
pictures/           every picture that was shown
SHA256SUMS          check with: sha256sum -c SHA256SUMS

Read it back with: python -m study report --bundle FILE
"""


def write_bundle(store: Store, slug: str, version: int | None, out: Path) -> None:
    """Write the archive of a version of a study. Raises BadStudy, also for missing or changed pictures."""
    data = read_study(store, slug, version)
    with store.reading() as tx:
        study = tx.study(slug, version)
        stored = [
            file for row in (*tx.stimuli_of(study.id), *tx.contexts_of(study.id)) for file in row.files()
        ]
    sums: dict[str, str] = {}
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in _texts(data, Path(study.folder).parent):
            _add(archive, name, content)
            sums[name] = hashlib.sha256(content).hexdigest()
        for file, sha256 in sorted({pair for pair in stored if pair[0]}):
            name = f"pictures/{file}"
            if _copy(archive, name, Path(study.folder) / file) != sha256:
                raise BadStudy(f"The picture {file} of {slug} is missing or was changed.")
            sums[name] = sha256
        lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items()))
        _add(archive, SUMS, lines.encode())


def read_bundle(path: Path) -> StudyData:
    """Return the study in an archive, after a check of every file in it. Raises BadStudy."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, path)
            facts = json.loads(_content(archive, FACTS))
            tables = {VOTES: _content(archive, VOTES)}
            if RANKINGS in archive.namelist():
                tables[RANKINGS] = _content(archive, RANKINGS)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise BadStudy(f"{path.name} is not a complete archive of a study ({error}).") from None
    with tempfile.TemporaryDirectory() as folder:
        for name, content in tables.items():
            (Path(folder) / name).write_bytes(content)
        try:
            data = restored(read_frame(Path(folder) / VOTES), facts)
            if RANKINGS not in tables:
                return data
            keys = [method.key for method in data.methods]
            return replace(data, choices=choices_of(read_texts(Path(folder) / RANKINGS), keys, data.items))
        except (BadVotes, KeyError, TypeError, ValueError) as error:
            raise BadStudy(f"{path.name} has votes or facts that cannot be read ({error}).") from None


def _texts(data: StudyData, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file that is not a picture."""
    report = report_of(data)
    facts = json.dumps(facts_of(data), ensure_ascii=False, indent=1, sort_keys=True)
    yield "README.txt", README.encode()
    yield FACTS, facts.encode()
    yield VOTES, to_csv(votes_of(data, everything=True))
    yield "counts.csv", to_csv(counts_of(data))
    if data.choices is not None:
        yield RANKINGS, to_csv(rankings_of(data))
    for ending, text in (("json", to_json), ("md", to_markdown), ("html", to_html)):
        yield f"report.{ending}", text(report).encode()
    if (folder / MANIFEST).is_file():
        yield f"registration/{MANIFEST}", (folder / MANIFEST).read_bytes()
        if data.config_json:
            plan = preregistration.preregistration(folder)
            yield "registration/preregistration.json", preregistration.to_json(plan).encode()
            yield "registration/preregistration.md", preregistration.to_markdown(plan).encode()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, MOMENT), content, zipfile.ZIP_DEFLATED)


def _copy(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """Copy a picture into the archive as it is; return its SHA-256, "" where it is missing."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as source, archive.open(zipfile.ZipInfo(name, MOMENT), "w") as target:
            while chunk := source.read(CHUNK):
                found.update(chunk)
                target.write(chunk)
    except OSError:
        return ""
    return found.hexdigest()


def _check(archive: zipfile.ZipFile, path: Path) -> None:
    """Compare every file with its checksum. Raises BadStudy that names the first that differs."""
    lines = _content(archive, SUMS).decode().splitlines()
    sums = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    if set(sums) != set(archive.namelist()) - {SUMS}:
        raise BadStudy(f"{path.name} does not have the files that its checksums name.")
    for name, sha256 in sums.items():
        found = hashlib.sha256()
        with archive.open(name) as file:
            while chunk := file.read(CHUNK):
                found.update(chunk)
        if found.hexdigest() != sha256:
            raise BadStudy(f"{name} in {path.name} was changed. Please fetch the archive again.")


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MOST_BYTES:
        raise ValueError(f"{os.path.basename(name)} is too large")
    return archive.read(name)
