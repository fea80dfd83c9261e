"""Join the modules of a folder into one, so that a browser asks for one file instead of many."""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from posixpath import dirname, join, normpath

IMPORT = re.compile(r"^import\s+(\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+'([^']+)';$", re.MULTILINE)
EXPORT = re.compile(r"^export\s+(const|class|function|async\s+function)\s+(\w+)", re.MULTILINE)
COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
UNREAD = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def bundle(modules: Mapping[str, str], first: str) -> str:
    """Return one ES module with the exports of the module `first`; each module becomes a function's body.

    modules: path in the folder → source. Lines that are comments are left out. Raises ValueError for an
    import or export of another form than those above, graphlib.CycleError where modules import each other
    in a circle, KeyError for a missing module.
    """
    needs: dict[str, list[str]] = {}
    waiting = [first]
    while waiting:
        path = waiting.pop()
        if path not in needs:
            needs[path] = [_target(path, found) for _, found in IMPORT.findall(modules[path])]
            waiting += needs[path]
    order = list(TopologicalSorter(needs).static_order())
    names = {path: f"module{number}" for number, path in enumerate(order)}
    parts = [_wrapped(path, modules[path], names) for path in order]
    exported = ", ".join(_exports(modules[first]))
    return "".join((*parts, f"export const {{ {exported} }} = {names[first]};\n"))


def _wrapped(path: str, source: str, names: Mapping[str, str]) -> str:
    """Return a module as a function that is called at once and returns the exports."""

    def imported(found: re.Match[str]) -> str:
        wanted, name = found[1], names[_target(path, found[2])]
        if wanted.startswith("*"):
            return f"const {wanted.split()[-1]} = {name};"
        return f"const {re.sub(r' +as +', ': ', wanted)} = {name};"

    body = EXPORT.sub(r"\1 \2", IMPORT.sub(imported, COMMENT.sub("", source)))
    if unread := UNREAD.search(body):
        raise ValueError(f"{path}: cannot join modules with: {unread[0]}")
    exports = ", ".join(_exports(source))
    return f"// {path}\nconst {names[path]} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"


def _exports(source: str) -> list[str]:
    return [name for _, name in EXPORT.findall(source)]


def _target(path: str, found: str) -> str:
    """Return the path in the folder that an import in the module at `path` leads to."""
    return normpath(join(dirname(path), found))
