"""Check the table of scores: means, subsets, order, and bold for the best values."""

import json
from pathlib import Path

from tests.support.scripts import run_script

SCORES = {
    "worse": {"a1": {"MSE": 9.0, "PSNR": 20.0, "fMSE": 90.0}, "f1": {"MSE": 3.0, "PSNR": 30.0, "fMSE": 30.0},
              "d1": {"MSE": 3.0, "PSNR": 10.0, "fMSE": 30.0}},
    "better": {"a1": {"MSE": 1.0, "PSNR": 40.0, "fMSE": 10.0}, "f1": {"MSE": 1.0, "PSNR": 20.0, "fMSE": 10.0},
               "d1": {"MSE": 1.0, "PSNR": 30.0, "fMSE": 70.0}},
}  # fmt: skip
BEGIN, END = "<!-- scores: made by scripts/methods_table.py -->", "<!-- end of scores -->"


def test_rows_fall_by_psnr_and_the_best_is_bold(tmp_path: Path) -> None:
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps({"methods": {name: {"images": one} for name, one in SCORES.items()}}))
    (tmp_path / "methods.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    run_script("methods_table", str(scores), str(scores), docs=tmp_path).check_returncode()
    written = (tmp_path / "methods.md").read_text()
    assert written.startswith(f"before\n{BEGIN}\n") and written.endswith(f"{END}\nafter\n")
    head, _, first, second = written.split(BEGIN)[1].split(END)[0].strip().splitlines()
    assert "HAdobe5k (1) | HFlickr (1) | Hday2night (1)" in head
    bold = ["**1.0**", "**30.00**", "**30.0**", "**40.00**", "20.00", "**30.00**"]
    assert first == "| `better` | " + " | ".join([*bold, *bold[:3]]) + " |"
    plain = ["5.0", "20.00", "50.0", "20.00", "**30.00**", "10.00"]
    assert second == "| `worse` | " + " | ".join([*plain, *plain[:3]]) + " |"
