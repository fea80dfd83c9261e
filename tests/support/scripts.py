"""Run the programs of scripts/, which no test imports: they are for people, and use demo, model and study."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT


def run_script(name: str, *arguments: str, docs: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script, which reads and writes documents in `docs`, and return what it printed."""
    environment = os.environ | ({} if docs is None else {"DOCS": str(docs)})
    command = [sys.executable, "-m", f"scripts.{name}", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
