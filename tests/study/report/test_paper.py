"""Test that the files for a paper have the numbers of the report, and are valid LaTeX and SVG."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from study.__main__ import main
from study.report.build import report_of
from study.report.markdown import to_markdown
from study.report.paper import paper_files
from study.statistics.data_quality import Limits
from study.vote_files.dataframe import data_of, read_frame
from tests.support.paths import ROOT
from tests.support.rated import answered, rated, study_of

FILES = {"table.tex", "figure.svg", "methods.txt", "paper.bib"}
REPORT = report_of(study_of(rated(), 5))


def test_the_table_has_a_row_for_each_method() -> None:
    table = paper_files(REPORT)["table.tex"]
    rows = [line for line in table.splitlines() if line.startswith("Method ") and "Log-worth" not in line]
    best = REPORT.ranking.methods[0]
    assert len(rows) == 5 and rows[0].startswith(f"{best.title} & ${best.log_worth:+.2f}$ & $[")
    assert table.count("{") == table.count("}") and f"{REPORT.counts.votes} votes" in table


def test_the_table_has_scores_in_jod_with_errors_and_comparisons() -> None:
    table, best = paper_files(REPORT)["table.tex"], REPORT.ranking.methods[0]
    assert best.log_worth is not None and best.se is not None
    jod, error = best.log_worth / np.log(3), best.se / np.log(3)
    assert f"& ${jod:+.2f} \\pm {error:.2f}$ & {best.wins + best.losses + best.ties} &" in table


def test_titles_are_escaped_for_latex() -> None:
    odd = tuple(replace(score, title="50 % & more_{x} ~ #1 \\") for score in REPORT.ranking.methods)
    table = paper_files(replace(REPORT, ranking=replace(REPORT.ranking, methods=odd)))["table.tex"]
    assert r"50 \% \& more\_\{x\} \textasciitilde{} \#1 \textbackslash{} &" in table


def test_the_figure_is_a_complete_svg_file() -> None:
    root = ElementTree.fromstring(paper_files(REPORT)["figure.svg"])
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.findall(".//{http://www.w3.org/2000/svg}circle")) == 5


def test_the_paragraph_describes_design_and_analysis() -> None:
    text = paper_files(REPORT)["methods.txt"]
    for words in ("5 methods", "40 participants", "800 votes", "10 pairs", "Davidson", "G² ="):
        assert words in text
    simulated = replace(REPORT, study=replace(REPORT.study, simulated=True))
    assert "simulated" not in text and "simulated" in paper_files(simulated)["table.tex"]


def test_the_paragraph_states_only_what_was_done() -> None:
    votes = rated(log_nu=-np.inf)
    plain = report_of(study_of(votes, 5, sides_known=False))
    text = paper_files(plain)["methods.txt"]
    assert "ties" not in text.split("maximum likelihood")[0].split("We fitted")[1]
    assert "order effect" not in text and "Nobody was excluded" in text
    excluded = report_of(study_of(votes, 5), Limits(run=6), ("run",))
    (rule,) = (rule.words for rule in excluded.quality.rules if rule.excludes)
    words = (
        f"{excluded.quality.excluded} participants ({excluded.quality.excluded_votes} votes) were excluded"
    )
    assert f"{words}: those with {rule}." in paper_files(excluded)["methods.txt"]
    one_picture = report_of(study_of(rated(items=1), 5))
    assert "by participant (CR2), with" in paper_files(one_picture)["methods.txt"]
    assert "cameron2011" not in paper_files(one_picture)["paper.bib"]


def test_the_paragraph_names_doubtful_votes() -> None:
    table = ROOT / "tests" / "data" / "adversarial" / "two_ids.csv"
    text = paper_files(report_of(data_of(read_frame(table), "two_ids")))["methods.txt"]
    assert "Participants p04 and p99 may be one person" in text


def test_the_paragraph_cites_the_errors_of_concentrated_votes() -> None:
    table = ROOT / "tests" / "data" / "adversarial" / "concentrated_person.csv"
    files = paper_files(report_of(data_of(read_frame(table), "concentrated_person")))
    assert "take from participants or pictures without most of the votes" in files["methods.txt"]
    assert "degrees of freedom [@gelman2006]." in files["methods.txt"]
    assert "gelman2006" in files["paper.bib"] and "bell2002" not in files["paper.bib"]


def test_every_citation_has_an_entry_and_every_entry_a_number() -> None:
    files = paper_files(REPORT)
    cited = set(re.findall(r"@(\w+)[;\]]", files["methods.txt"]))
    entries = set(re.findall(r"^@\w+\{(\w+),$", files["paper.bib"], re.MULTILINE))
    listed = set(
        re.findall(r"^\| [^|]+ \| (\w+) \|", to_markdown(REPORT).split("## References")[1], re.MULTILINE)
    )
    assert cited <= entries and entries == listed - {"Key"} | {"harmonylab"} and len(cited) > 8
    assert files["paper.bib"].count("{") == files["paper.bib"].count("}")


def test_limits_before_the_end_have_their_own_sources() -> None:
    for words, key in (("95 % at any look", "lindon2022"), ("95 % at every planned look", "lan1983")):
        ranking = replace(REPORT.ranking, interval=REPORT.ranking.interval.replace("95 %", words))
        files = paper_files(replace(REPORT, ranking=ranking))
        assert f"Intervals are {ranking.interval} [@{key}]." in files["methods.txt"]
        assert key in files["paper.bib"] and "holm1979" not in files["paper.bib"]


def test_without_a_ranking_there_are_no_files() -> None:
    with pytest.raises(ValueError, match="no votes"):
        paper_files(report_of(study_of(answered(), 3)))


def test_the_command_writes_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_text("left,right,outcome,participant\n" + "a,b,L,1\nb,a,L,2\na,b,R,3\nb,a,R,3\nb,a,R,1\n")
    assert main(["report", "--votes", str(votes), "--paper", str(tmp_path / "paper")]) == 0
    assert {p.name for p in (tmp_path / "paper").iterdir()} == FILES
    votes.write_text("left,right,outcome,participant\na,b,L,1\n")
    assert main(["report", "--votes", str(votes), "--paper", str(tmp_path / "none")]) == 2
    assert "nothing to print" in capsys.readouterr().err and not (tmp_path / "none").exists()
