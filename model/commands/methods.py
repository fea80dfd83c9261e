"""Run `python -m model methods`: list the methods, and state why some of them cannot run."""

import argparse
import json

from model.methods import Method, available_methods
from model.network.checkpoint import file_hash

JSON_FIELDS = (
    "name", "title", "tier", "licence", "url", "available", "reason", "optional", "deterministic", "max_side",
    "max_megapixels",
)  # fmt: skip


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    command.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Print a table or, with --json, a list of objects."""
    methods = list(available_methods().values())
    if args.json:
        fields = [{field: getattr(method, field) for field in JSON_FIELDS} for method in methods]
        print(json.dumps(fields, indent=1))
        return 0
    names, titles, licences = (
        max(len(getattr(method, field)) for method in methods) for field in ("name", "title", "licence")
    )
    for method in methods:
        state = method.reason or f"available{_weights_file(method)}"
        print(
            f"{method.name:{names}}  {method.title:{titles}}  tier {method.tier}  "
            f"{method.licence:{licences}}  {state}"
        )
    return 0


def _weights_file(method: Method) -> str:
    """Return the name and hash of the user's weights file that a method runs; "" if it has none."""
    path = method.weights if method.available else None
    return f": {path.name}, SHA-256 {file_hash(path)}" if path else ""
