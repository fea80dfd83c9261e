"""Check that the files, links and commands that documents name exist."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.support.paths import ROOT

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "model" / "weights" / "MODEL_CARD.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
OWN = "app|benchmarks|demo|model|scripts|study|tests"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_and_modules_that_are_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    paths = re.findall(rf"`((?:{OWN}|docs)/[\w/.-]*)`", text)
    modules = re.findall(rf"python -m ((?:{OWN})[\w.]*)", text)
    paths += [f"{module.rstrip('.').replace('.', '/')}.py" for module in modules if "." in module.rstrip(".")]
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_rows_of_tables_are_parts_of_tables(document: Path) -> None:
    tokens = MarkdownIt().enable("table").parse(document.read_text(encoding="utf-8"))
    assert [token.content for token in tokens if token.content.startswith("|")] == []


def test_readme_names_only_commands_that_exist() -> None:
    named = set(
        re.findall(r"\bmake ([a-z]+)`?$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
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
