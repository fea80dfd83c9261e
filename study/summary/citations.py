"""Cite sources in texts, and list them in a bibliography (BibTeX)."""

from collections.abc import Iterable, Mapping, Sequence

from study.summary.references import REFERENCES, Reference


def cite(keys: Sequence[str]) -> str:
    """Return citations as pandoc reads them, such as [@holm1979]."""
    return f"[{'; '.join(f'@{key}' for key in keys)}]"


def to_bibtex(keys: Iterable[str], software: str) -> str:
    """Return the entries of these keys, each once, and that of the software: its name and version."""
    name, _, version = software.rpartition(" ")
    fields = {"author": f"{{{name} contributors}}", "title": f"{{{name}}}", "version": version}
    entries = [_entry("software", "harmonylab", fields)]
    entries += [_entry(*_described(key, REFERENCES[key])) for key in sorted(set(keys))]
    return "\n".join(entries)


def _described(key: str, found: Reference) -> tuple[str, str, dict[str, str]]:
    kind = "article" if found.volume else "misc"
    fields = {
        "author": " and ".join(found.authors),
        "title": f"{{{found.title}}}",
        "journal" if found.volume else "howpublished": found.where,
        "year": str(found.year),
        "volume": found.volume,
        "pages": found.pages,
        "doi": found.doi,
    }
    return kind, key, fields


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}", ""])
