"""Run blind pairwise studies: design the trials, store the votes, compute Bradley-Terry scores.

`from study import fit, read_votes` computes scores in Python (docs/python.md). They are imported when they
are first used, because they need pandas and scipy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from study.notebook import FitResult as FitResult
    from study.notebook import fit as fit
    from study.notebook import read_votes as read_votes
    from study.vote_files.read import BadVotes as BadVotes

VERSION = "0.1.0"
_LAZY = {
    "fit": "study.notebook",
    "read_votes": "study.notebook",
    "FitResult": "study.notebook",
    "BadVotes": "study.vote_files.read",
}


def __getattr__(name: str) -> Any:
    """Import one of the names of the public interface. Raises ImportError where pandas is not installed."""
    if name not in _LAZY:
        raise AttributeError(f"module 'study' has no attribute {name!r}")
    try:
        return getattr(import_module(_LAZY[name]), name)
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] == "pandas":
            raise ImportError(f"study.{name} needs pandas: pip install pandas") from error
        raise


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
