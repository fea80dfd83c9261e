"""The table of scores: means, subsets, order, and the best in bold."""

from scripts.methods_table import table

FULL = {
    "worse": {"a1": {"MSE": 9.0, "PSNR": 20.0, "fMSE": 90.0}, "f1": {"MSE": 3.0, "PSNR": 30.0, "fMSE": 30.0},
              "d1": {"MSE": 3.0, "PSNR": 10.0, "fMSE": 30.0}},
    "better": {"a1": {"MSE": 1.0, "PSNR": 40.0, "fMSE": 10.0}, "f1": {"MSE": 1.0, "PSNR": 20.0, "fMSE": 10.0},
               "d1": {"MSE": 1.0, "PSNR": 30.0, "fMSE": 70.0}},
}  # fmt: skip


def test_rows_fall_by_psnr_and_the_best_is_bold() -> None:
    head, _, first, second = table(FULL, FULL).splitlines()
    assert "HAdobe5k (1) | HFlickr (1) | Hday2night (1)" in head
    bold = ["**1.0**", "**30.00**", "**30.0**", "**40.00**", "20.00", "**30.00**"]
    assert first == "| `better` | " + " | ".join([*bold, *bold[:3]]) + " |"
    plain = ["5.0", "20.00", "50.0", "20.00", "**30.00**", "10.00"]
    assert second == "| `worse` | " + " | ".join([*plain, *plain[:3]]) + " |"
