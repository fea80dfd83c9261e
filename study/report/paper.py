"""A report for a paper: a LaTeX table, a figure, and a paragraph on methods to adapt."""

from study.report import charts
from study.report.result import Report, Score
from study.report.sections import SIMULATED, p_value, places, share, signed

STYLE = (
    "svg{background:#fff;font:14px sans-serif;fill:#000}.end{text-anchor:end}.mid{text-anchor:middle}"
    ".tick{font-size:12px}.axis,.zero{stroke:#999}.span{stroke:#000;stroke-width:2}.dot{fill:#000}"
)
ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def paper_files(report: Report) -> dict[str, str]:
    """File name → text: table.tex, figure.svg and methods.txt. Raises ValueError without a ranking."""
    if report.status != "ok":
        raise ValueError(f"There is nothing to print yet. {report.explain}")
    return {"table.tex": _table(report), "figure.svg": _figure(report), "methods.txt": methods_text(report)}


def _table(report: Report) -> str:
    rows = [_row(score) for score in report.methods]
    caption = (
        f"Bradley--Terry log-worths (sum zero) of {report.votes} votes by {report.participants} people. "
        f"Intervals: {report.interval.translate(ESCAPES)}. Place: what all pairwise differences together "
        r"leave open (95\,\%). Preferred: chance against another method picked at random."
    )
    simulated = f" {SIMULATED}" if report.simulated else ""
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{caption}{simulated}}}",
            r"\begin{tabular}{lrrcr}",
            r"\toprule",
            r"Method & Log-worth & Interval & Place & Preferred \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _row(score: Score) -> str:
    interval = f"$[{_number(score.low)}, {_number(score.high)}]$"
    cells = (score.title, share(score.preference), places(score).replace("–", "--"))
    title, preferred, place = (cell.translate(ESCAPES) for cell in cells)
    return f"{title} & ${_number(score.log_worth)}$ & {interval} & {place} & {preferred} \\\\"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"


def _figure(report: Report) -> str:
    chart = charts.intervals(report.methods)
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" width="{charts.WIDTH}"'
    return chart.replace("<svg", opening, 1).replace(">", f"><style>{STYLE}</style>", 1) + "\n"


def methods_text(report: Report) -> str:
    """What was done and found, in sentences with the numbers of the report; for the reader to shorten."""
    simulated = [SIMULATED] if report.simulated else []
    return " ".join([*simulated, *_design(report), *_analysis(report), *_outcome(report)]) + "\n"


def _design(report: Report) -> list[str]:
    pictures, pairs = len(report.coverage.items), len(report.coverage.pairs)
    asked = f" (“{report.question}”)" if report.question else ""
    found = [
        f"We compared {len(report.methods)} methods on {pictures} pictures in a blind pairwise study{asked}.",
        f"{report.participants} participants gave {report.votes} votes on the {pairs} pairs of methods, "
        "without being told which method made which picture.",
        f"“No difference” was chosen in {share(report.tie_rate)} of trials, the left picture in "
        f"{share(report.left_share)} of the others.",
    ]
    if report.conduct.excluded:
        found.append(
            f"By rules fixed beforehand {report.conduct.excluded} participants "
            f"({report.conduct.excluded_votes} votes) were left out."
        )
    return found


def _analysis(report: Report) -> list[str]:
    assert report.critical is not None
    return [
        "We fitted the Bradley-Terry model with Davidson's ties and a side term by maximum likelihood.",
        f"Intervals are {report.interval}.",
        f"A difference counts beyond {report.critical:.2f} standard errors, the 95 % point of the largest of "
        "all pairwise differences; places are those that these differences leave open.",
    ]


def _outcome(report: Report) -> list[str]:
    titles = {score.key: score.title for score in report.methods}
    apart = sum(bool(pair.separated) for pair in report.pairs)
    found = [
        f"{apart} of {len(report.pairs)} pairs differ.",
        f"Best, or not told apart from the best: {', '.join(titles[key] for key in report.first)}.",
    ]
    if report.checks is not None:
        fit = report.checks.fit
        found.append(f"The model fits with G² = {fit.g2:.1f} on {fit.degrees} df (p = {p_value(fit.p)}).")
        if report.checks.people is not None:
            found.append(
                f"Participants' log-worths scatter by about {report.checks.people.sd:.2f} around the mean."
            )
    if report.position is not None and report.position_se is not None:
        side = f"{signed(report.position, 2)} ± {report.position_se:.2f}"
        found.append(
            f"The preference for the left side is {side} log-worth (p = {p_value(report.position_p)})."
        )
    made = report.citation
    found.append(f"Analysis: {made.software}, study version {made.study_version}, seed {made.seed}.")
    return found
