"""Define the folder of documents that the scripts write to: docs/, or the value of DOCS."""

import os
from pathlib import Path

DOCS = Path(os.environ.get("DOCS") or Path(__file__).resolve().parent.parent / "docs")
