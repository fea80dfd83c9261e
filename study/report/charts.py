"""Charts as SVG text: no script, nothing fetched, colours from the style of the page around them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from study.report.result import Bar, Coverage, PairCount, Score

WIDTH = 720
LABEL = 190  # of a row, in pixels
PLACES = 70  # on its right
ROW = 30
MOST_CELLS = 20_000
LEVELS = 5


def intervals(scores: Sequence[Score]) -> str:
    """Scores with their intervals, best on top, and the places that remain open."""
    ends = (abs(end or 0) for score in scores for end in (score.low, score.high))
    axis = _Axis(1.05 * max(ends, default=1) or 1)
    middle, bottom = axis.x(0), ROW * len(scores) + 6
    parts = [_line(middle, 0, middle, bottom, "zero")]
    for step in _ticks(axis.reach):
        x = axis.x(step)
        parts += [_line(x, bottom, x, bottom + 5, "axis"), _text(x, bottom + 20, f"{step:g}", "tick mid")]
    for row, score in enumerate(scores):
        y = ROW * row + ROW / 2
        parts += [_text(LABEL - 12, y + 5, score.title, "end"), *_interval(score, axis, y)]
    parts.append(_text(middle, bottom + 38, "log-worth, 95 % interval; places on the right", "tick mid"))
    return _svg(bottom + 46, parts, "Scores with intervals")


def win_matrix(scores: Sequence[Score], pairs: Sequence[PairCount]) -> str:
    """Share of decided votes in which the row was preferred to the column."""
    size = min(64.0, (WIDTH - LABEL) / max(len(scores), 1))
    wins = {(p.a, p.b): p.a_wins for p in pairs} | {(p.b, p.a): p.b_wins for p in pairs}
    parts = []
    for column, score in enumerate(scores):
        turn = f"translate({LABEL + size * (column + 0.5) + 4:.1f} 104) rotate(-45)"
        parts.append(f'<text transform="{turn}">{_short(score.title)}</text>')
    for row, one in enumerate(scores):
        y = 112 + size * row
        parts.append(_text(LABEL - 12, y + size / 2 + 5, one.title, "end"))
        for column, other in enumerate(scores):
            if one is not other:
                won, lost = wins.get((one.key, other.key), 0), wins.get((other.key, one.key), 0)
                parts.append(_win(LABEL + size * column, y, size, (won, lost), (one.title, other.title)))
    return _svg(118 + size * len(scores), parts, "Share of wins of each row over each column")


def coverage(found: Coverage) -> str:
    """Votes on each item (rows) and pair (columns); darker is more. Empty where there are too many cells."""
    rows, columns = len(found.items), len(found.pairs)
    most = max((max(row, default=0) for row in found.counts), default=0)
    if not most or rows * columns > MOST_CELLS:
        return ""
    width = (WIDTH - 16) / columns
    height = max(3.0, min(14.0, 420 / rows))
    paths: dict[int, list[str]] = {}
    for y, row in enumerate(found.counts):
        x = 0
        for level, cells in groupby(row, key=lambda n: -(-n * LEVELS // most)):
            length = len(list(cells))
            paths.setdefault(level, []).append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    body = "".join(f'<path class="level{level}" d="{"".join(paths[level])}"/>' for level in sorted(paths))
    grid = f'<g transform="translate(8 4) scale({width:.3f} {height:.3f})">{body}</g>'
    least = min(min(row) for row in found.counts)
    words = f"{rows} pictures (rows) × {columns} pairs (columns): {least} to {most} votes in a cell"
    bottom = height * rows + 4
    return _svg(
        bottom + 26, [grid, _text(8, bottom + 20, words, "tick start")], "Votes on each picture and pair"
    )


def bars(found: Sequence[Bar], labels: Sequence[str], title: str) -> str:
    """Votes in each bar; a label under every one that has one."""
    most = max((bar.votes for bar in found), default=0)
    if not most:
        return ""
    width, height = (WIDTH - 16) / len(found), 140
    parts = [_line(8, height + 20, WIDTH - 8, height + 20, "axis")]
    for number, (bar, label) in enumerate(zip(found, labels, strict=True)):
        x, tall = 8 + width * number, height * bar.votes / most
        place = _box(x + 1, height + 20 - tall, max(width - 2, 0.5), tall)
        tip = escape(f"{bar.start} to {bar.end}: {bar.votes}")
        parts.append(f'<rect class="bar" {place}><title>{tip}</title></rect>')
        if label:
            parts.append(_text(x, height + 38, label, "tick start"))
    parts.append(_text(8, 12, f"up to {most} votes in a bar", "tick start"))
    return _svg(height + 46, parts, title)


@dataclass(frozen=True)
class _Axis:
    """Log-worths from -reach to reach, in pixels between the labels and the places."""

    reach: float

    def x(self, worth: float) -> float:
        left, right = LABEL, WIDTH - PLACES
        return (left + right) / 2 + (right - left) / 2 / self.reach * worth


def _interval(score: Score, axis: _Axis, y: float) -> list[str]:
    """The mark of a score, and its places; nothing for a method without one."""
    if score.log_worth is None or score.low is None or score.high is None:
        return []
    tip = f"{score.title}: {score.log_worth:+.3f} ({score.low:+.3f} to {score.high:+.3f})"
    span = _line(axis.x(score.low), y, axis.x(score.high), y, "span")
    return [
        f"<g><title>{escape(tip)}</title>{span}"
        f'<circle class="dot" cx="{axis.x(score.log_worth):.1f}" cy="{y:.1f}" r="5"/></g>',
        _text(WIDTH - 8, y + 5, _places(score), "end place"),
    ]


def _win(x: float, y: float, size: float, counts: tuple[int, int], titles: tuple[str, str]) -> str:
    decided = sum(counts)
    part = counts[0] / decided if decided else 0.5
    side = "win" if part >= 0.5 else "loss"
    tip = f"{titles[0]} over {titles[1]}: {counts[0]} of {decided}"
    words = f"{100 * part:.0f}" if decided else "–"
    label = _text(x + size / 2, y + size / 2 + 5, words, "mid") if size >= 26 else ""
    place, strength = _box(x + 1, y + 1, size - 2, size - 2), abs(2 * part - 1) * 0.85 + 0.04
    cell = f'<rect class="{side}" {place} rx="3" fill-opacity="{strength:.2f}"/>'
    return f"<g><title>{escape(tip)}</title>{cell}{label}</g>"


def _box(x: float, y: float, width: float, height: float) -> str:
    return f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'


def _places(score: Score) -> str:
    if score.rank_low is None:
        return ""
    return f"{score.rank_low}" if score.rank_low == score.rank_high else f"{score.rank_low}–{score.rank_high}"


def _ticks(reach: float) -> list[float]:
    step = next((s for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if reach / s < 4.5), 10.0)
    count = int(reach / step)
    return [step * k for k in range(-count, count + 1)]


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{_short(words)}</text>'


def _short(words: str, most: int = 90) -> str:
    return escape(words if len(words) <= most else words[: most - 1] + "…")


def _svg(height: float, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )
