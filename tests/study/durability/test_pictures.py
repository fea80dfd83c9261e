"""Check that servers find the folders of studies without reading their manifests again."""

import json
from pathlib import Path

import pytest

from study.collect.manifest import MANIFEST, STIMULI, manifest_sha256
from study.durability import pictures
from study.durability.pictures import StudyFolder


def test_a_manifest_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / STIMULI).mkdir()
    manifest = tmp_path / MANIFEST
    manifest.write_text(json.dumps({"title": "one"}), encoding="utf-8")
    read: list[Path] = []

    def counted(folder: Path) -> str:
        read.append(folder)
        return manifest_sha256(folder)

    monkeypatch.setattr(pictures, "manifest_sha256", counted)
    # Each round has new objects, as a server makes them from the database.
    digest = manifest_sha256(tmp_path)
    for _ in range(5):
        assert StudyFolder(1, "study-1", digest, tmp_path / STIMULI).is_here
    assert len(read) == 1

    new = tmp_path / "new"  # another file of the same size takes its place, as a build does
    new.write_text(json.dumps({"title": "two"}), encoding="utf-8")
    new.replace(manifest)
    for _ in range(5):
        assert not StudyFolder(1, "study-1", digest, tmp_path / STIMULI).is_here
    assert len(read) == 2
    manifest.unlink()
    assert not StudyFolder(1, "study-1", digest, tmp_path / STIMULI).is_here
