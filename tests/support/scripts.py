"""Run the programs of scripts/ as child processes: tests must not import them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT


def run_script(name: str, *arguments: str, docs: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script and return its exit status and output. docs: its folder of documents."""
    environment = os.environ | ({} if docs is None else {"DOCS": str(docs)})
    command = [sys.executable, "-m", f"scripts.{name}", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
