"""Write the example of docs/study.md: simulated votes, and every number and figure that the guide contains.

python -m scripts.study_example
"""

from dataclasses import replace

import numpy as np

from scripts.docs_folder import DOCS
from study.records import MethodRow
from study.report.build import report_of
from study.report.markdown import to_markdown
from study.report.paper import paper_files
from study.report.sample_size_text import make_plan, plan_to_text
from study.statistics.planning.pictures import USUAL_SPREAD, Pictures, required_pictures
from study.statistics.sample_size import Aim, crowd_of_taste
from study.statistics.simulated_votes import Taste, draw_votes
from study.vote_files.dataframe import SIMULATED, data_of, read_frame
from study.vote_files.export import to_csv, votes_of
from study.votes import INPUT_CODES, StudyData, make_responses

TRUTH = {"composite": -0.9, "mean_gain": -0.1, "mkl": 0.15, "harmonylab": 0.7, "reinhard": 0.15}
PEOPLE, EACH, ITEMS = 40, 20, 25
TASTE_SD, TIE_LOG_NU = 0.5, -1.2


def simulated_votes() -> StudyData:
    """Simulate raters whose log-worths vary around TRUTH with a standard deviation of TASTE_SD."""
    rng = np.random.default_rng(5)
    taste = Taste(np.array(list(TRUTH.values())), TIE_LOG_NU, taste_sd=TASTE_SD)
    votes, item = draw_votes(taste, participants=PEOPLE, votes_each=EACH, items=ITEMS, rng=rng)
    assert votes.participant is not None
    times = np.rint(np.exp(rng.normal(8, 0.5, len(item)))).astype(np.int64)
    responses = make_responses(
        votes.participant, votes.left, votes.right, votes.outcome, item=item, rt_ms=times
    )
    return StudyData(
        slug="study_example",
        title="study_example",
        question="",
        version=1,
        sha256="",
        seed=0,
        config_json="",
        simulated=True,
        methods=tuple(MethodRow(name, name, name == "composite") for name in TRUTH),
        items=tuple(f"picture{n + 1:02}" for n in range(ITEMS)),
        participants=PEOPLE,
        completed=PEOPLE,
        sources=(SIMULATED,) * PEOPLE,
        responses=responses,
        at=np.datetime64("2026-03-02T09:00", "ms") + np.cumsum(times).astype("timedelta64[ms]"),
        inputs=np.full(len(item), INPUT_CODES["mouse"]),
    )


def blocks() -> dict[str, str]:
    """Return the blocks of the guide, by name, as its commands print them."""
    report = report_of(data_of(read_frame(DOCS / "study_example.csv"), "study_example"))
    aim, crowd = Aim(5, float(np.log(0.6 / 0.4))), crowd_of_taste(0.5, 20, 5, 0.15, USUAL_SPREAD)
    pictures = replace(like := Pictures(2, USUAL_SPREAD, 0.5), number=required_pictures(aim, crowd, like))
    plan = make_plan(aim, crowd, (0.5, 1.0), pictures)
    markdown = to_markdown(report)
    scores = markdown[markdown.index("| Method |") : markdown.index("## Every pair")].strip()
    checks = markdown[markdown.index("| Check |") : markdown.index("## Other analyses")].strip()
    text = paper_files(report)["methods.txt"].strip()
    return {
        "plan": f"```text\n{plan_to_text(plan).rstrip()}\n```",
        "scores": scores,
        "checks": checks,
        "methods": f"> {text}",
    }


def fill(guide: str) -> str:
    """Return the guide with every block replaced by its present content."""
    for name, block in blocks().items():
        start, end = f"<!-- {name} -->\n", "\n<!-- end -->"
        before, after = guide.split(start, 1)
        guide = before + start + block + end + after.split("<!-- end -->", 1)[1]
    return guide


def main() -> None:
    """Write the votes, the figure and the blocks."""
    (DOCS / "images").mkdir(parents=True, exist_ok=True)
    (DOCS / "study_example.csv").write_bytes(to_csv(votes_of(simulated_votes())))
    report = report_of(data_of(read_frame(DOCS / "study_example.csv"), "study_example"))
    (DOCS / "images" / "study_example.svg").write_text(paper_files(report)["figure.svg"], encoding="utf-8")
    guide = DOCS / "study.md"
    guide.write_text(fill(guide.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"Wrote the example into {DOCS}")


if __name__ == "__main__":
    main()
