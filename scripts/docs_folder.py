"""Name the folder of documents that the scripts write into: docs/, or the one that DOCS names."""

import os
from pathlib import Path

DOCS = Path(os.environ.get("DOCS") or Path(__file__).resolve().parent.parent / "docs")
