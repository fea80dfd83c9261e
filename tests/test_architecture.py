"""Imports point down only: app → demo → (study, model). Imports inside functions count too."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

FORBIDDEN = {
    "demo/api": {"gradio", "model", "sqlalchemy", "app"},
    "demo/guard": {"gradio", "model", "sqlalchemy", "app"},
    "demo/renders": {"gradio", "fastapi", "sqlalchemy", "app"},
    "model": {"gradio", "sqlalchemy", "pandas", "study", "demo", "app"},
    "study": {"gradio", "torch", "diffusers", "model", "demo", "app"},
    "demo": {"sqlalchemy", "app"},
}
# A composition root may bring two worlds together.
ALLOWED = {("study/commands/build.py", "model")}
SQLALCHEMY_FILES = {
    "study/database/schema.py",
    "study/database/study_queries.py",  # transactions, the part about studies
    "study/database/connections.py",
    "study/database/faults.py",  # its errors in words
    "study/database/migrations/__init__.py",
    "study/database/migrations/versions/v0001_votes.py",
    "study/database/migrations/versions/v0002_blocks.py",
    "study/database/migrations/versions/v0003_invitations.py",
    "study/database/store.py",
    "study/database/transaction.py",
    "study/database/vote_statements.py",
    "study/database/queries.py",
    "study/database/load_responses.py",  # a study as arrays, for the analysis
}


def imported_modules(source: str) -> Iterator[str]:
    """Yield the dotted name of every module that a file imports, at any depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top_packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported_modules(path.read_text(encoding="utf-8"))}


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("folder", sorted(FORBIDDEN))
def test_imports_point_down(folder: str) -> None:
    wrong = {
        (path.relative_to(ROOT).as_posix(), package)
        for path in sources(folder)
        for package in top_packages(path) & FORBIDDEN[folder]
    }
    assert wrong - ALLOWED == set()


def test_only_schema_and_store_know_the_database() -> None:
    users = {
        path.relative_to(ROOT).as_posix() for path in sources("study") if "sqlalchemy" in top_packages(path)
    }
    assert users <= SQLALCHEMY_FILES


def test_the_guard_knows_no_page() -> None:
    names = {name for path in sources("demo/guard") for name in imported_modules(path.read_text("utf-8"))}
    ours = {".".join(name.split(".")[:2]) for name in names if name.startswith("demo.")}
    assert ours <= {"demo.environment", "demo.monitoring.faults", "demo.guard", "demo.monitoring.metrics"}


def test_the_render_processes_load_no_pages() -> None:
    """A child process that imported the pages would take as much memory as the server."""
    code = "import sys, demo.renders.child, demo.renders.tasks; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_relative_imports_stay_inside_their_folder() -> None:
    """A relative import that climbs past its own top folder would slip through the rules above."""
    for folder in FORBIDDEN:
        for path in sources(folder):
            depth = len(path.relative_to(ROOT).parts) - 1
            levels = [n.level for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
            assert max(levels, default=0) <= depth, path


def test_app_stays_a_composition_root() -> None:
    code = (ROOT / "app.py").read_text(encoding="utf-8").splitlines()
    assert len(code) <= 40


def test_routes_and_guards_do_not_know_the_pages() -> None:
    """They have to answer when Gradio does not, and whatever becomes of it."""
    free = ("organizer_access", "handouts", "logs", "faults", "repeats", "operations", "environment")
    paths = [*sources("demo/api"), *sources("demo/guard"), *(ROOT / "demo" / f"{name}.py" for name in free)]
    for path in paths:
        modules = set(imported_modules(path.read_text(encoding="utf-8")))
        wrong = {name for name in modules if name.startswith(("gradio", "demo.pages", "demo.widgets"))}
        assert wrong == set(), path


def test_nested_imports_are_seen() -> None:
    assert set(imported_modules("def f():\n    import gradio.themes\n    from study import store\n")) == {
        "gradio.themes",
        "study.database.store",
    }
