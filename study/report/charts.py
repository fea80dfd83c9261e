"""Lay out the charts of a report, for pages of any kind, and draw them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from study.number_formats import interval, ranks, signed
from study.report.result import Bar, Coverage, PairResult, Score
from study.report.svg import box, line, svg, text, tilted_text, with_tooltip

WIDTH = 720  # of every chart, in units that are pixels where there is room
LABEL = 190  # width of the titles of rows
RANKS = 70  # width of the ranks to the right
ROW = 30  # height
LETTER = 5.4  # height of a letter of a tilted title
MOST_TOP = 112  # height of the tilted titles of columns, at most
MARGIN = 1.05  # of the axis beyond the farthest interval
MOST_TICKS = 4.5  # on either side of zero
STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
MOST_CELLS = 20_000
LEVELS = 5


@dataclass(frozen=True)
class IntervalRow:
    """Hold the marks of one method: score and interval as parts, 0 to 1, of the axis from left to right."""

    score: Score
    low: float
    middle: float
    high: float

    @property
    def tooltip(self) -> str:
        """Return the score and its interval in words."""
        score = self.score
        limits = interval(score.low, score.high)
        return f"{score.title}: {signed(score.log_worth or 0.0)} ({limits})"


@dataclass(frozen=True)
class Tick:
    """Hold a label of the axis, and its place as a part, 0 to 1, of the axis."""

    label: str
    place: float


@dataclass(frozen=True)
class IntervalChart:
    """Hold scores with their intervals, highest first, on an axis that is symmetric about zero."""

    rows: tuple[IntervalRow, ...]
    ticks: tuple[Tick, ...]


def interval_chart(scores: Sequence[Score]) -> IntervalChart:
    """Lay out the scores that have intervals; empty without any."""
    known = _with_intervals(scores)
    reach = MARGIN * max((abs(end) for _, low, high, _ in known for end in (low, high)), default=1) or 1
    rows = (
        IntervalRow(score, *(_place(value, reach) for value in (low, log_worth, high)))
        for log_worth, low, high, score in known
    )
    ticks = (Tick(signed(value, 1), _place(value, reach)) for value in _ticks(reach))
    return IntervalChart(tuple(rows), tuple(ticks))


def _with_intervals(scores: Sequence[Score]) -> list[tuple[float, float, float, Score]]:
    """Return log-worth and ends of the interval with each score that has them, highest first."""
    known = [
        (score.log_worth, score.low, score.high, score)
        for score in scores
        if score.log_worth is not None and score.low is not None and score.high is not None
    ]
    return sorted(known, key=lambda row: -row[0])


def _place(value: float, reach: float) -> float:
    return 0.5 + 0.5 * value / reach


def _ticks(reach: float) -> list[float]:
    step = next((step for step in STEPS if reach / step < MOST_TICKS), STEPS[-1])
    count = int(reach / step)
    return [step * k for k in range(-count, count + 1)]


@dataclass(frozen=True)
class WinCell:
    """Count how often the method of the row was preferred to that of the column, and the reverse."""

    row: str
    column: str
    won: int
    lost: int

    @property
    def share(self) -> float | None:
        """Return the share of the row among the decided votes, None without any."""
        decided = self.won + self.lost
        return self.won / decided if decided else None


def win_matrix(
    scores: Sequence[Score], pairs: Sequence[PairResult]
) -> tuple[tuple[WinCell | None, ...], ...]:
    """Return K×K cells in the order of the scores; None on the diagonal."""
    wins = {(p.a, p.b): p.a_wins for p in pairs} | {(p.b, p.a): p.b_wins for p in pairs}
    return tuple(
        tuple(
            None
            if one is other
            else WinCell(
                one.title,
                other.title,
                wins.get((one.key, other.key), 0),
                wins.get((other.key, one.key), 0),
            )
            for other in scores
        )
        for one in scores
    )


def draw_intervals(scores: Sequence[Score]) -> str:
    """Draw scores with their intervals, highest on top, and their possible ranks on the right."""
    chart = interval_chart(scores)
    bottom, middle = ROW * len(chart.rows) + 6, _x(0.5)
    parts = [line((middle, 0), (middle, bottom), "zero")]
    for tick in chart.ticks:
        x = _x(tick.place)
        parts += [line((x, bottom), (x, bottom + 5), "axis"), text(x, bottom + 20, tick.label, "tick mid")]
    for number, row in enumerate(chart.rows):
        y = ROW * number + ROW / 2
        parts += [text(LABEL - 12, y + 5, row.score.title, "end"), *_draw_interval(row, y)]
    parts.append(text(middle, bottom + 38, "log-worth, 95 % interval; places on the right", "tick mid"))
    return svg((WIDTH, bottom + 46), parts, "Scores with intervals")


def _x(place: float) -> float:
    return LABEL + (WIDTH - RANKS - LABEL) * place


def _draw_interval(row: IntervalRow, y: float) -> list[str]:
    span = line((_x(row.low), y), (_x(row.high), y), "span")
    dot = f'<circle class="dot" cx="{_x(row.middle):.1f}" cy="{y:.1f}" r="5"/>'
    places = ranks(row.score.rank_low, row.score.rank_high)
    return [with_tooltip(row.tooltip, span + dot), text(WIDTH - 8, y + 5, places, "end place")]


def draw_win_matrix(scores: Sequence[Score], pairs: Sequence[PairResult]) -> str:
    """Draw the share of decided votes in which the row was preferred to the column."""
    size = min(64.0, (WIDTH - LABEL) / max(len(scores), 1))
    top = min(MOST_TOP, 26 + LETTER * max((len(score.title) for score in scores), default=0))
    parts = [
        tilted_text(LABEL + size * (column + 0.5) + 4, top - 8, score.title)
        for column, score in enumerate(scores)
    ]
    for row, (score, cells) in enumerate(zip(scores, win_matrix(scores, pairs), strict=True)):
        y = top + size * row
        parts.append(text(LABEL - 12, y + size / 2 + 5, score.title, "end"))
        parts += [
            _draw_win(cell, LABEL + size * column, y, size)
            for column, cell in enumerate(cells)
            if cell is not None
        ]
    height = top + 6 + size * len(scores)
    return svg((WIDTH, height), parts, "Share of wins of each row over each column")


def _draw_win(cell: WinCell, x: float, y: float, size: float) -> str:
    share = 0.5 if cell.share is None else cell.share
    side, strength = "win" if share >= 0.5 else "loss", abs(2 * share - 1) * 0.85 + 0.04
    words = "–" if cell.share is None else f"{100 * share:.0f}"
    label = text(x + size / 2, y + size / 2 + 5, words, "mid") if size >= 26 else ""
    place = box(x + 1, y + 1, size - 2, size - 2)
    mark = f'<rect class="{side}" {place} rx="3" fill-opacity="{strength:.2f}"/>'
    tooltip = f"{cell.row} over {cell.column}: {cell.won} of {cell.won + cell.lost}"
    return with_tooltip(tooltip, mark + label)


def draw_coverage(found: Coverage) -> str:
    """Draw the votes on each item (rows) and pair (columns), more votes darker; "" with too many cells."""
    rows, columns = len(found.items), len(found.pairs)
    most = max((max(row, default=0) for row in found.counts), default=0)
    if not most or rows * columns > MOST_CELLS:
        return ""
    width, height = (WIDTH - 16) / columns, max(3.0, min(14.0, 420 / rows))
    paths: dict[int, list[str]] = {}
    for y, row in enumerate(found.counts):
        x = 0
        for level, cells in groupby(row, key=lambda votes: -(-votes * LEVELS // most)):
            length = len(list(cells))
            paths.setdefault(level, []).append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    body = "".join(f'<path class="level{level}" d="{"".join(paths[level])}"/>' for level in sorted(paths))
    grid = f'<g transform="translate(8 4) scale({width:.3f} {height:.3f})">{body}</g>'
    least = min(min(row) for row in found.counts)
    words = f"{rows} pictures (rows) × {columns} pairs (columns): {least} to {most} votes in a cell"
    bottom = height * rows + 4
    parts = [grid, text(8, bottom + 20, words, "tick start")]
    return svg((WIDTH, bottom + 26), parts, "Votes on each picture and pair")


def draw_bars(found: Sequence[Bar], labels: Sequence[str], title: str) -> str:
    """Draw the votes of each bar; labels: one for each bar, "" for none."""
    most = max((bar.votes for bar in found), default=0)
    if not most:
        return ""
    width, height = (WIDTH - 16) / len(found), 140
    parts = [line((8, height + 20), (WIDTH - 8, height + 20), "axis")]
    for number, (bar, label) in enumerate(zip(found, labels, strict=True)):
        x, tall = 8 + width * number, height * bar.votes / most
        place = box(x + 1, height + 20 - tall, max(width - 2, 0.5), tall)
        tooltip = with_tooltip(f"{bar.start} to {bar.end}: {bar.votes}", f'<rect class="bar" {place}/>')
        parts.append(tooltip)
        if label:
            parts.append(text(x, height + 38, label, "tick start"))
    parts.append(text(8, 12, f"up to {most} votes in a bar", "tick start"))
    return svg((WIDTH, height + 46), parts, title)
