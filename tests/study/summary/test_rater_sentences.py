"""Check the sentences about people who choose at random, or who tell methods apart to different degrees."""

from study.summary.raters.findings import DiscernmentSummary, KindsSummary, RaterSummary
from study.summary.raters.section import rater_text
from study.summary.raters.sentences import rater_warnings


def summary(kinds: KindsSummary | None, discernment: DiscernmentSummary | None = None) -> RaterSummary:
    return RaterSummary(kinds, "vote", (), None, (), discernment)


def careless(named: tuple[str, ...], one_sided: tuple[str, ...] = ()) -> KindsSummary:
    return KindsSummary(
        "careless", 80, 38, named, 0.25, 3.1, None, None, None, (27, 48), one_sided, alternating=()
    )


def test_the_number_of_random_clickers_has_an_interval_and_the_named_have_habits() -> None:
    found = summary(careless(("p41", "p42"), ("p42",)))
    text = " ".join(rater_warnings(found))
    assert "About 38 of 80 participants seem to choose at random, or nearly so (27 to 48 with 95 %" in text
    assert "2 participants with 25 % of the votes (p41, p42)." in text
    assert "Of those named, these nearly always chose the same side: p42." in text and "in turn" not in text
    assert "(95 % interval 27 to 48, by the profile likelihood" in " ".join(rater_text(found))
    assert found.doubtful


def test_random_clickers_are_stated_where_nobody_can_be_named() -> None:
    assert "Nobody is named" in " ".join(rater_warnings(summary(careless(()))))


def test_different_discernment_is_stated_in_place_of_random_clickers() -> None:
    found = summary(None, DiscernmentSummary(ratio=3.3, people=80, random=0, z=2.4))
    text = " ".join(rater_warnings(found))
    assert "log-worths of the upper sixth are about 3.3 times those of the lower sixth." in text
    assert "at random" not in text and not found.doubtful
    assert "(z 2.4)" in " ".join(rater_text(found))


def test_random_clickers_that_explain_the_votes_as_well_are_stated() -> None:
    found = summary(None, DiscernmentSummary(ratio=5.0, people=80, random=31, z=2.4))
    assert "about 31 of 80 participants choose at random" in " ".join(rater_warnings(found))
    assert found.doubtful
