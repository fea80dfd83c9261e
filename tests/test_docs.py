"""What the documents promise is there."""

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_readme_names_only_commands_that_exist() -> None:
    named = set(
        re.findall(r"\bmake ([a-z]+)`?$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"run", "test"} <= named <= targets


def test_a_space_gets_a_gradio_that_the_requirements_allow() -> None:
    readme, requirements = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "requirements.txt")
    )
    space = re.search(r"^sdk_version: (\d+)\.(\d+)", readme, re.MULTILINE)
    low = re.search(r"^gradio>=(\d+)\.(\d+),<(\d+)$", requirements, re.MULTILINE)
    assert space and low
    major, minor = map(int, space.groups())
    assert (int(low[1]), int(low[2])) <= (major, minor) < (int(low[3]), 0)


def test_the_version_has_a_changelog_entry() -> None:
    version = re.search(
        r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
