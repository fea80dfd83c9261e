"""Check that imports point down only, as the tables of docs/architecture.md state; nested ones count too."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.paths import DOCS, ROOT

OWN = ("app", "benchmarks", "demo", "model", "scripts", "study", "tests")
# Folder → what of ours its files may import: folders, with all below them, and modules. Its own files always.
MAY_IMPORT = {
    "study": "study",
    "study/statistics": "study/votes, study/records, study/number_formats",
    "study/database": "study/votes, study/records, study/messages",
    "study/counts": "study/config, study/database, study/report, study/statistics, study/votes, "
    "study/records, study/number_formats",
    "study/config": "study/database, study/statistics, study/votes, study/records, study/messages, "
    "study/number_formats",
    "study/collect": "study/config, study/database, study/statistics, study/votes, study/records, "
    "study/messages, study/number_formats, study/atomic_files, study/sealed_ids",
    "study/durability": "study/collect/manifest, study/database, study/records, study/atomic_files",
    "study/manage": "study/collect, study/database, study/config, study/vote_files, study/statistics, "
    "study/votes, study/records, study/sealed_ids",
    "study/summary": "study/statistics, study/votes, study/records, study/number_formats",
    "study/vote_files": "study/summary, study/statistics, study/votes, study/records, study/number_formats",
    "study/report": "study/config, study/database, study/summary, study/statistics, study/votes, "
    "study/records, study/number_formats",
    "study/build": "study/collect, study/config, study/records, study/atomic_files, model",
    "study/bundle": "study/config, study/collect, study/database, study/report, study/vote_files, "
    "study/votes, study/records",
    "study/commands": "study",
    "model": "model",
    "model/images": "nothing",
    "model/bulk": "model/images",
    "model/masks": "model/images, model/network",
    "model/edit": "model/images",
    "model/network": "model/edit, model/images",
    "model/methods": "model/network, model/edit, model/images, model/masks",
    "model/training": "model/network, model/edit, model/images",
    "model/evaluation": "model/bulk, model/methods, model/edit, model/images",
    "model/commands": "model",
    "demo": "demo, study, model",
    "demo/monitoring": "study/records",
    "demo/guard": "demo/monitoring, demo/environment",
    "demo/api": "demo/guard/rules, demo/monitoring, study",
    "demo/gradio_fixes": "demo/guard, demo/monitoring, study/records",
    "demo/pictures": "demo/examples, model",
    "demo/renders": "demo/pictures, demo/examples, demo/monitoring, demo/zero_gpu, model",
    "demo/widgets": "nothing",
    "demo/texts": "demo/widgets",
    "demo/examples": "nothing",
    "demo/workbench": "demo/guard/rules, demo/renders, demo/pictures, demo/examples, demo/widgets, model",
    "demo/organizer": "demo/environment, demo/guard/rules, demo/monitoring, study",
    "demo/study_builds": "demo/organizer, demo/workbench, demo/api/rehearsal, demo/renders/child, "
    "demo/monitoring, study, model",
    "demo/pages": "demo/organizer, demo/guard/rules, demo/renders, demo/pictures, demo/examples, "
    "demo/widgets, study, model",
    "benchmarks": "demo, study, model",
    "scripts": "benchmarks, demo, study, model",
    "tests": "benchmarks, demo, scripts, study, model, app",
}  # fmt: skip
# Folder → packages of others that nothing below it may import.
NEVER = {
    "study": "gradio, torch, diffusers, fastapi",
    "model": "gradio, sqlalchemy, pandas, fastapi",
    "demo": "sqlalchemy",
    "demo/api": "gradio",
    "demo/organizer": "gradio",
    "demo/guard": "gradio",
    "demo/monitoring": "gradio",
    "demo/pictures": "gradio, fastapi",
    "demo/renders": "gradio, fastapi",
    "demo/workbench": "gradio",
    "demo/study_builds": "gradio",
}


def imported_modules(source: str) -> Iterator[str]:
    """Yield the dotted name of every module that a file imports, at any depth; names in modules likewise."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they lead"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files() -> list[Path]:
    """Return every Python file of the repository, relative to it."""
    folders = [ROOT / name for name in OWN if name != "app"]
    return [path.relative_to(ROOT) for folder in folders for path in sorted(folder.rglob("*.py"))]


def imports_of(path: Path) -> set[str]:
    return set(imported_modules((ROOT / path).read_text(encoding="utf-8")))


def home_of(module: str) -> str:
    """Return the path, without .py, of the file or folder of ours that a dotted name leads to."""
    parts = module.split(".")
    while not (ROOT.joinpath(*parts).is_dir() or ROOT.joinpath(*parts).with_suffix(".py").is_file()):
        parts.pop()
    return "/".join(parts)


def rule_of(path: Path) -> str:
    """Return the innermost folder that has a rule."""
    return next(parent.as_posix() for parent in path.parents if parent.as_posix() in MAY_IMPORT)


def lies_in(home: str, folder: str) -> bool:
    return home == folder or home.startswith(f"{folder}/")


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_point_down(folder: str) -> None:
    wrong = set()
    for path in (path for path in files() if rule_of(path) == folder):
        allowed = [folder, *MAY_IMPORT[folder].split(", ")]
        for module in imports_of(path):
            home = home_of(module) if module.split(".")[0] in OWN else ""
            # An attribute of a top package, such as its version, is open to all.
            if home not in ("", "study", "demo") and not any(lies_in(home, one) for one in allowed):
                wrong.add((path.as_posix(), module))
    assert wrong == set()


@pytest.mark.parametrize("folder", NEVER)
def test_packages_stay_out(folder: str) -> None:
    never = set(NEVER[folder].split(", "))
    wrong = {
        (path.as_posix(), module)
        for path in files()
        if lies_in(path.as_posix(), folder)
        for module in imports_of(path)
        if module.split(".")[0] in never
    }
    assert wrong == set()


def test_only_one_folder_uses_sqlalchemy() -> None:
    users = {path.as_posix() for path in files() if any(m.startswith("sqlalchemy") for m in imports_of(path))}
    ours = {user for user in users if user.startswith(("app", "demo", "model", "study", "scripts"))}
    assert ours and all(user.startswith("study/database/") for user in ours)


def test_no_two_folders_import_each_other() -> None:
    """Neither directly nor around a corner; files of the top folders count one by one."""
    graph: dict[str, set[str]] = {}
    for path in files():
        if path.parts[0] in ("tests", "scripts"):
            continue
        for module in imports_of(path):
            if module.split(".")[0] in OWN:
                target = home_of(module)
                if (ROOT / target).with_suffix(".py").is_file() and "/" in target:
                    target = unit(Path(f"{target}.py"))
                if target != unit(path):
                    graph.setdefault(unit(path), set()).add(target)
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError with the folders in question


def unit(path: Path) -> str:
    """Return the folder of a file, or its module where it lies in a top folder."""
    name = path.parent.as_posix() if path.name == "__init__.py" else path.with_suffix("").as_posix()
    return path.parent.as_posix() if len(path.parts) > 2 else name


def test_folders_are_small() -> None:
    counts: dict[str, int] = {}
    for path in files():
        if path.parts[0] != "tests":
            counts[path.parent.as_posix()] = counts.get(path.parent.as_posix(), 0) + 1
    assert {folder: count for folder, count in counts.items() if count > 18} == {}


def test_the_render_processes_load_no_pages() -> None:
    """A child process that imported the pages would take as much memory as the server."""
    code = "import sys, demo.renders.child, demo.renders.tasks; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_app_stays_a_composition_root() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 40


def test_nested_imports_are_seen() -> None:
    code = "def f():\n    import gradio.themes\n    from study.database import store\n"
    assert set(imported_modules(code)) == {"gradio.themes", "study.database.store"}


def test_the_document_shows_these_tables() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    for head, rules in (("may import", MAY_IMPORT), ("never imports", NEVER)):
        rows = [f"| `{folder}/` | {names} |" for folder, names in rules.items()]
        assert "\n".join([f"| folder | {head} |", "|---|---|", *rows]) in text


def walks() -> Iterator[list[tuple[int, Path, str]]]:
    """Yield the walks of docs/architecture.md as depth, file and function of each call."""
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    for block in text.split("<!-- walk -->\n")[1:]:
        calls = re.findall(r"^( *)- `([\w/.]+)` `([\w.]+)`", block.split("\n\n")[0], re.MULTILINE)
        yield [(len(indent) // 2, Path(file), name) for indent, file, name in calls]


def defined_in(path: Path) -> set[str]:
    """Return the names of the functions, classes and methods of a file; methods after their class."""
    names = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{one.name}" for one in node.body if hasattr(one, "name")}
    return names


def test_the_walks_never_go_back_up() -> None:
    found = list(walks())
    assert len(found) == 3
    for walk in found:
        callers: list[Path] = []
        for depth, path, name in walk:
            assert name in defined_in(path), (path, name)
            del callers[depth:]
            if callers and rule_of(path) != (rule := rule_of(callers[-1])):
                allowed = MAY_IMPORT[rule].split(", ")
                home = path.with_suffix("").as_posix()
                assert any(lies_in(home, one) for one in allowed), (callers[-1], path)
            callers.append(path)
