"""The scores: intervals as a chart, numbers as a table, and every count behind them."""

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import gradio as gr

from demo.api.organizer_access import OrganizerAccess
from demo.pages.layout import header, outage, panel
from study.database.store import Store
from study.records import BadStudy, Unavailable
from study.report.build import Reports
from study.report.result import Report, Score
from study.report.sections import best_of, places

EXPLAIN = (
    "Bradley–Terry log-worth with its 95 % interval. Further right is better; zero is the average of all "
    "methods. The place says which ranks the votes leave open, for all methods at once."
)
SIMULATED = (
    '<p class="notice plain">These votes are simulated: they show what the page looks like, nothing more.</p>'
)
UNKNOWN = '<article class="results"><h1>There is no such study</h1><p>Is the address complete?</p></article>'
FOR_ORGANIZERS = (
    '<div class="results-more"><a href="/organizer?study={slug}">For organizers: progress and files</a></div>'
)
TABLE_HEADS = ("Method", "Place", "Log-worth", "95 % interval", "Preferred", "Won", "Lost", "No difference")


@dataclass(frozen=True)
class Placed:
    """A method that has a place in the ranking."""

    title: str
    log_worth: float
    low: float
    high: float
    score: Score


def results_page(store: Store, demo: gr.Blocks, access: OrganizerAccess) -> None:
    """Build the page inside the current route; the report is made anew each time it is opened."""
    header("results", "Results")
    page = panel(elem_id="results")
    reports = Reports(store)

    def on_open(request: gr.Request) -> str:
        try:
            slug = request.query_params.get("study") or store.current_study() or ""
            page = report_html(reports.of(slug))
        except BadStudy:
            return UNKNOWN
        except Unavailable:
            return outage()
        signed_in = access.signed_in(request.headers)
        return page + (FOR_ORGANIZERS.format(slug=quote(slug)) if signed_in else "")

    demo.load(on_open, None, page, api_visibility="private", show_progress="hidden", concurrency_limit=4)


def report_html(report: Report) -> str:
    """The whole page for one report, theme-aware, every text escaped."""
    parts = [_head(report)]
    if report.status == "no_votes":
        parts.append(_no_votes())
    else:
        parts += [_ranking(report), _pairs(report)]
    return f'<article class="results">{"".join(parts)}</article>'


def _head(report: Report) -> str:
    facts = {
        "Votes": f"{report.votes:,}",
        "Participants": f"{report.participants:,}",
        "No difference": _share(report.tie_rate),
        "Chose the left picture": _share(report.left_share),
    }
    tiles = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    warnings = "".join(f'<p class="caution">{escape(text)}</p>' for text in report.warnings)
    simulated = SIMULATED if report.simulated else ""
    return f'<h1>{escape(report.title)}</h1>{simulated}<dl class="tiles">{tiles}</dl>{warnings}'


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _no_votes() -> str:
    return (
        '<div class="nothing"><h2>No votes yet</h2><p>Scores appear here with the first vote.</p>'
        '<a class="lab-button" href="/study">Take part</a></div>'
    )


def _ranking(report: Report) -> str:
    placed = [
        Placed(score.title, score.log_worth, score.low, score.high, score)
        for score in report.methods
        if score.log_worth is not None and score.low is not None and score.high is not None
    ]
    if report.status != "ok" or not placed:
        return f'<section><h2>No common ranking</h2><p class="explain">{escape(report.explain)}</p></section>'
    placed.sort(key=lambda method: -method.log_worth)
    explain = f"{escape(best_of(report))} {EXPLAIN}"
    return (
        f'<section><h2>How much each method is preferred</h2><p class="explain">{explain}</p>'
        f"{_chart(placed)}{_table(placed)}</section>"
    )


def _chart(placed: list[Placed]) -> str:
    reach = 1.08 * max(max(abs(method.low), abs(method.high)) for method in placed)
    rows = "".join(_chart_row(method, reach) for method in placed)
    ticks = "".join(f'<span style="left:{_at(t, reach)}">{_signed(t, 1)}</span>' for t in _ticks(reach))
    scale = (
        f'<div class="worth scale"><b></b><span class="track">{ticks}</span><span></span><span></span></div>'
    )
    heads = (
        '<div class="worth heads"><span></span><span class="sides"><span>← preferred less</span>'
        '<span>preferred more →</span></span><span class="number">Worth</span>'
        '<span class="place">Place</span></div>'
    )
    return f'<div class="worths">{heads}{rows}{scale}</div>'


def _chart_row(method: Placed, reach: float) -> str:
    left, right, middle = (_at(value, reach) for value in (method.low, method.high, method.log_worth))
    return (
        f'<div class="worth"><b>{escape(method.title)}</b><span class="track" title="{_interval(method)}">'
        f'<i class="zero"></i><i class="bar" style="left:{left};right:calc(100% - {right})"></i>'
        f'<i class="dot" style="left:{middle}"></i></span>'
        f'<span class="number">{_signed(method.log_worth)}</span>'
        f'<span class="place">{places(method.score)}</span></div>'
    )


def _at(value: float, reach: float) -> str:
    """Where a value stands on a scale from -reach to +reach."""
    return f"{50 + 50 * value / reach:.2f}%"


def _interval(method: Placed) -> str:
    return f"{_signed(method.low)} to {_signed(method.high)}"


def _signed(value: float, digits: int = 2) -> str:
    """With a real minus sign, and no sign on zero."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def _ticks(reach: float) -> list[float]:
    step = next(step for step in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if reach / step < 3.5 or step == 10.0)
    count = int(reach / step)
    return [step * k for k in range(-count, count + 1)]


def _table(placed: list[Placed]) -> str:
    heads = "".join(f"<th scope=col>{head}</th>" for head in TABLE_HEADS)
    rows = "".join(
        f"<tr><th scope=row>{escape(method.title)}</th>"
        + "".join(f"<td>{cell}</td>" for cell in _cells(method))
        + "</tr>"
        for method in placed
    )
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cells(method: Placed) -> tuple[str | int, ...]:
    score = method.score
    return (
        places(score),
        _signed(method.log_worth),
        _interval(method),
        _share(score.preference),
        score.wins,
        score.losses,
        score.ties,
    )


def _pairs(report: Report) -> str:
    titles = {score.key: score.title for score in report.methods}
    wins = {(pair.a, pair.b): pair.a_wins for pair in report.pairs} | {
        (pair.b, pair.a): pair.b_wins for pair in report.pairs
    }
    heads = "".join(f"<th scope=col><span>{escape(title)}</span></th>" for title in titles.values())
    rows = "".join(
        f"<tr><th scope=row>{escape(title)}</th>"
        + "".join(_cell(wins, row, column) for column in titles)
        + "</tr>"
        for row, title in titles.items()
    )
    return (
        '<section><h2>Every pair</h2><p class="explain">How often the method of the row was preferred to '
        'the method of the column.</p><div class="scroll"><table class="matrix">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _cell(wins: dict[tuple[str, str], int], row: str, column: str) -> str:
    if row == column:
        return "<td class=self></td>"
    won, lost = wins.get((row, column), 0), wins.get((column, row), 0)
    share = won / (won + lost) if won + lost else 0.0
    return f'<td style="--share:{share:.2f}">{won}</td>'
