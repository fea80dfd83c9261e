"""Write the measurements into docs/performance.md, and draw the figure.

python -m benchmarks.speed.render docs/performance/render.json
python -m benchmarks.speed.command docs/performance/command.json
python -m benchmarks.speed.lanes docs/performance/lanes.json
python -m benchmarks.speed.participants docs/performance/participants.json
python -m benchmarks.speed.votes_under_load docs/performance/votes_under_load.json
python -m benchmarks.speed.drag docs/performance/drag.json
python -m benchmarks.speed.first_picture docs/performance/first_picture.json
python -m benchmarks.speed.copies docs/performance/copies.json
python -m scripts.performance_page
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.docs_folder import DOCS
from scripts.plotting import pyplot, save

DRAWN = {
    "copy": "copying the picture",
    "**render**, compiled": "render",
    "render, NumPy and OpenCV": "render, NumPy and OpenCV",
    "the formula in NumPy": "the formula in NumPy",
    "the formula in PyTorch": "the formula in PyTorch",
    "cv2.seamlessClone": "cv2.seamlessClone",
}


def read(name: str) -> Any:
    """Return the measurements that a benchmark wrote to docs/performance/NAME.json."""
    return json.loads((DOCS / "performance" / f"{name}.json").read_text(encoding="utf-8"))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table: the first column aligned to the left, the others to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine_line(machine: dict[str, Any]) -> str:
    """Return the sentence that names the machine and the versions of the libraries."""
    libraries = [f"{name} {version}" for name, version in machine.items() if name not in
                 ("processor", "cores", "system", "python")]  # fmt: skip
    return (
        f"Measured on {machine['cores']} cores of {machine['processor']}, {machine['system']}, "
        f"Python {machine['python']}, {', '.join(libraries)}."
    )


def render_table(timings: list[dict[str, Any]], mask: str) -> str:
    """Return milliseconds and, in brackets, copies of the picture, by way to render and size."""
    rows = [timing for timing in timings if timing["mask"] == mask]
    sizes = sorted({timing["megapixels"] for timing in rows})
    ways = list(dict.fromkeys(timing["way"] for timing in rows))
    found = {(timing["way"], timing["megapixels"]): timing for timing in rows}

    def cell(way: str, size: float) -> str:
        timing = found.get((way, size))
        return f"{_short(timing['milliseconds'])} ({_short(timing['copies'])})" if timing else ""

    return table(
        ["", *(f"{size:g} MP" for size in sizes)],
        [[way, *(cell(way, size) for size in sizes)] for way in ways],
    )


def command_table(runs: list[dict[str, Any]]) -> str:
    """Return time and memory of the command line: a column for each size."""
    heads = ["", *(f"{run['megapixels']:g} MP" for run in runs)]
    rows = [
        ["whole process, s", *(f"{run['whole']:.2f}" for run in runs)],
        ["of that, imports, s", *(f"{run['imports']:.2f}" for run in runs)],
        ["decoding and encoding alone, s", *(f"{run['codec'] - run['start']:.2f}" for run in runs)],
        ["**without imports : decoding and encoding**", *(f"**{run['ratio']:.2f}**" for run in runs)],
        ["peak memory, MiB", *(f"{run['memory']:.0f}" for run in runs)],
        ["above the idle process, bytes for each channel of a pixel",
         *(f"{run['bytes_per_sample']:.1f}" for run in runs)],
    ]  # fmt: skip
    rows += [[f"{part}, ms", *(f"{run['parts'][part]:.0f}" for run in runs)] for part in runs[0]["parts"]]
    return table(heads, rows)


def memory_table(entries: list[dict[str, Any]]) -> str:
    """Return bytes for each pixel: a row for each kind, a column for each step, and the estimate."""
    kinds = list(dict.fromkeys(entry["kind"] for entry in entries))
    steps = list(dict.fromkeys(entry["step"] for entry in entries))
    took = {(entry["kind"], entry["step"]): entry["took"] for entry in entries}
    expected = {entry["kind"]: entry["expected"] for entry in entries}
    rows = [[kind, *(f"{took[kind, step]:.0f}" for step in steps), f"{expected[kind]:.0f}"] for kind in kinds]
    return table(["", *steps, "expected"], rows)


def lanes_table(report: dict[str, Any]) -> str:
    """Return the milliseconds of each task in the process that asks, and in a lane."""
    rows = [
        [f"{timing['task']}, ms", f"{timing['direct']:,.0f}", f"{timing['lane']:,.0f}"]
        for timing in report["timings"]
    ]
    return table(["", "in the process that asks", "in a lane"], rows)


def attack_table(attack: dict[str, float]) -> str:
    """Return the memory of all processes of the server before, during and after large uploads."""
    names = {"idle": "idle", "peak": "four pictures of 100 megapixels at once", "after": "afterwards"}
    return table(["", "MB"], [[words, f"{attack[name]:,.0f}"] for name, words in names.items()])


def participants_table(rows: list[dict[str, Any]]) -> str:
    """Return latency of votes, processor time and memory of the server: a row for each crowd."""
    heads = [
        "",
        "votes a second",
        "vote 50 %",
        "95 %",
        "99 %",
        "first pair 50 %",
        "CPU for a vote",
        "memory, MiB",
    ]
    return table(
        heads,
        [
            [
                f"{row['participants']:,}{', with pictures' if row['pictures'] else ''}",
                f"{row['votes_per_second']:.0f}",
                *(_short(value) for value in row["vote_ms"]),
                _short(row["arrival_ms"][0]),
                f"{row['cpu_ms_per_vote']:.1f}",
                " → ".join(f"{value:,.0f}" for value in row["memory_mib"]),
            ]
            for row in rows
        ],
    )


def beside_table(pairs: list[dict[str, Any]]) -> str:
    """Return the latency of votes alone and under load, and the ratio of the 95th percentiles, by round."""
    rows = []
    for number, pair in enumerate(pairs, start=1):
        idle, loaded = (pair[name]["vote_ms"] for name in ("idle", "loaded"))
        done = pair["loaded"]["beside"]
        rows.append(
            [
                str(number),
                *(_short(value) for value in (idle[0], idle[1], loaded[0], loaded[1])),
                f"{loaded[1] / idle[1]:.2f}",
                f"{done.get('comparisons', 0)}",
                f"{done.get('upload 200', 0)}",
            ]
        )
    heads = [
        "round",
        "alone, 50 %",
        "95 %",
        "beside, 50 %",
        "95 %",
        "ratio of 95 %",
        "comparisons",
        "uploads",
    ]
    return table(heads, rows)


def drag_table(found: dict[str, Any]) -> str:
    """Return how smoothly a cut-out was dragged, and how often its colours were answered."""
    middle, late, longest = found["gap_ms"]
    rows = [
        ["frames a second on the screen", f"{found['frames_per_second']:.0f}"],
        ["between two frames, ms: 50 %, 95 %, longest", f"{middle:.0f}, {late:.0f}, {longest:.0f}"],
        ["answers a second", f"{found['answers_per_second']:.1f}"],
        ["one answer, ms: 50 %", f"{found['answer_ms']:,.0f}" if found["answer_ms"] else "none"],
        ["processes that waited for the 2 cores, on average", f"{found['load']:.0f}"],
    ]
    return table([f"background of {found['megapixels']:g} MP", ""], rows)


def first_picture_table(found: dict[str, Any]) -> str:
    """Return the bytes of the first page, and the time until its picture and until the workbench."""
    middle = found["median"]
    rows = [
        ["bytes until the workbench shows the example, kB", f"{middle['bytes'] / 1000:.0f}"],
        ["requests until then", f"{middle['requests']:.0f}"],
        ["until the picture of the example, s", f"{middle['picture_ms'] / 1000:.1f}"],
        ["until the workbench shows the example, s", f"{middle['workbench_ms'] / 1000:.1f}"],
    ]
    return table([f"{found['kilobits'] / 1000:g} Mbit/s, {found['delay']:g} ms", ""], rows)


def copies_table(steps: list[dict[str, Any]]) -> str:
    """Return the milliseconds of each step without and with copies of the votes, and the ratio of medians."""
    names = {"vote": "store a vote", "following": "find the next pair", "enrolment": "enrol"}
    rows = []
    for step in steps:
        without, copied = step["without"], step["copied"]
        cells = [_short(value) for value in (*without, *copied)]
        rows.append([names[step["step"]], *cells, f"{copied[0] / without[0]:.2f}"])
    return table(["", "without, 50 %", "99 %", "copied, 50 %", "99 %", "ratio of 50 %"], rows)


def whole_table(found: dict[str, Any]) -> str:
    """Return how long a copy of a whole database and its restoration took."""
    rows = [
        ["database, MB", _short(found["database_mb"])],
        ["its copy, compressed, MB", _short(found["copy_mb"])],
        ["copy, check and read it back, s", _short(found["copy_seconds"])],
        ["restore and check it, s", _short(found["restore_seconds"])],
    ]
    return table([f"{found['votes']:,} votes", ""], rows)


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def blocks() -> dict[str, str]:
    """Return the text between the markers of the page, by the name of the marker."""
    render, command, lanes = read("render"), read("command"), read("lanes")
    return {
        "machine": machine_line(render["machine"]),
        "all": render_table(render["timings"], "all"),
        "part": render_table(render["timings"], "20 %"),
        "command": command_table(command["runs"]),
        "lanes": lanes_table(lanes),
        "memory": memory_table(lanes["memory"]),
        "attack": attack_table(lanes["attack"]),
        "participants": participants_table(read("participants")["rows"]),
        "drag": drag_table(read("drag")),
        "first_picture": first_picture_table(read("first_picture")),
        "copies": copies_table(read("copies")["steps"]),
        "whole": whole_table(read("copies")["whole"]),
        "beside": beside_table(read("votes_under_load")["pairs"]),
    }


def filled(page: str) -> str:
    """Return the page with every block replaced by the latest measurements."""
    for name, block in blocks().items():
        before, rest = page.split(f"<!-- {name} -->\n", 1)
        page = f"{before}<!-- {name} -->\n{block}\n<!-- end -->{rest.split('<!-- end -->', 1)[1]}"
    return page


def draw(timings: list[dict[str, Any]], path: Path) -> None:
    """Draw time against size on logarithmic axes, for the mask over the whole picture."""
    figure, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
    for way, label in DRAWN.items():
        points = [
            (t["megapixels"], t["milliseconds"]) for t in timings if (t["way"], t["mask"]) == (way, "all")
        ]
        weight = 2.5 if label == "render" else 1.2
        axes.loglog(*zip(*points, strict=True), marker="o", markersize=3, linewidth=weight, label=label)
    axes.set(xlabel="megapixels", ylabel="milliseconds")
    axes.set_xticks([1, 4, 12, 24, 48], ["1", "4", "12", "24", "48"])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right center", fontsize=8, frameon=False)
    save(figure, path)


def main() -> None:
    """Fill the page and draw the figure."""
    page = DOCS / "performance.md"
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
    draw(read("render")["timings"], DOCS / "images" / "performance.svg")


if __name__ == "__main__":
    main()
