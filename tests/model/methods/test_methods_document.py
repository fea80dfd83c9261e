"""Check that the instructions of docs/methods.md for a new method work."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from model.methods import available_methods
from tests.support.paths import ROOT

DOCUMENT = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(?:python|text)\n(.+?)```", DOCUMENT, re.DOTALL)


def test_a_method_is_added_by_one_file_and_one_line(tmp_path: Path) -> None:
    file, line = EXAMPLES[:2]
    assert len([row for row in file.splitlines() if row]) <= 10
    package = tmp_path / "model"
    shutil.copytree(ROOT / "model", package, ignore=shutil.ignore_patterns("training", "__pycache__"))
    (package / "methods" / "warm.py").write_text(file)
    registry = package / "methods" / "__init__.py"
    code = registry.read_text().replace("    zones,\n", "    warm,\n    zones,\n")
    registry.write_text(code.replace("        *ours.methods(),\n", f"{line}        *ours.methods(),\n"))
    done = subprocess.run(
        [sys.executable, "-m", "model", "methods"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert re.search(r"^warm +Warmer +tier 1 +Apache-2.0 +available$", done.stdout, re.MULTILINE)


def test_the_method_of_the_document_runs() -> None:
    from model.methods.common.method import Method
    from tests.model.methods.test_methods import scene

    found: dict[str, tuple[Method, ...]] = {}
    exec(EXAMPLES[0], found)
    composite = scene()
    result = found["METHODS"][0].run(composite)
    inside = composite.matte == 1
    warmer = result[inside].mean(0) - composite.image[inside].mean(0)
    assert warmer[0] > 1 > -1 > warmer[2]
    assert (result[composite.matte == 0] == composite.image[composite.matte == 0]).all()


def test_every_classical_method_is_described() -> None:
    always = [name for name, method in available_methods().items() if method.tier == 1]
    assert [
        name for name in [*always, "harmonylab", "harmonylab_curves"] if f"`{name}`" not in DOCUMENT
    ] == []
