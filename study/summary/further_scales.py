"""Hold what papers report beside the scores: another link, an anchor, cycles, and single pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from study.statistics.bradley_terry import Fit
from study.statistics.multiple_comparisons import Comparisons, Errors, two_sided_p
from study.summary.anchors import AnchorResult, beside_anchor
from study.summary.cycles import CycleResult, cycles_of
from study.summary.links import OtherLink, other_link
from study.summary.single_pictures import PictureResult, pictures_of
from study.votes import Floats, Ints, Votes


@dataclass(frozen=True)
class FurtherScales:
    """Hold the results; None where the votes do not allow one."""

    thurstone: OtherLink | None
    anchor: AnchorResult
    cycles: CycleResult | None
    pictures: PictureResult | None


@dataclass(frozen=True, eq=False)
class Fitted:
    """Hold a ranked fit with the votes that it is of.

    counts: 2×K×K×3 or K×K×3, ties as in the fit. item: the picture of each vote, an index of `items`, None
    where it is not known.
    """

    names: Sequence[str]
    votes: Votes
    counts: Floats
    result: Fit
    errors: Errors
    compared: Comparisons
    item: Ints | None
    items: Sequence[str]


def further_scales(fitted: Fitted, anchor: int) -> FurtherScales:
    """Return every further result. anchor: the index of the method that the others are measured against."""
    names, votes, result = fitted.names, fitted.votes, fitted.result
    level = float(two_sided_p(np.array(fitted.compared.critical), fitted.errors.degrees))
    return FurtherScales(
        other_link(fitted.counts, result, names),
        beside_anchor(names, anchor, fitted.compared, fitted.errors, result.log_nu),
        cycles_of(votes, result, names, fitted.item, level),
        pictures_of(votes, fitted.item, fitted.items, result, fitted.errors.covariance, names),
    )
