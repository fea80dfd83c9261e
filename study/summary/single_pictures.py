"""Score the methods on every picture, and state how much the pictures differ and which of them decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from study.number_formats import signed
from study.statistics.bradley_terry import Fit
from study.statistics.covariance import group_codes
from study.statistics.scales.picture_scores import PictureScores, picture_scores
from study.statistics.scales.spread import picture_spread
from study.votes import TIE, Floats, Ints, Responses, Votes, make_responses

MOST_PICTURES = 1000  # more pictures have no scores of their own
MOST_ROWS = 10_000_000
MOST_NAMED = 3


@dataclass(frozen=True)
class Picture:
    """Describe a picture: its votes, and the log-worths of the methods on it with their standard errors.

    top: difference of the two best methods without this picture; leader: the best method without it. Both are
    None where the other pictures give no ranking.
    """

    name: str
    votes: float
    log_worths: tuple[float, ...]
    errors: tuple[float, ...]
    top: float | None
    leader: str | None


@dataclass(frozen=True)
class PictureResult:
    """Hold the spread between pictures and the scores on each, those that decide most first.

    sd: standard deviation of each method's log-worth between pictures. low, high: its 95 % interval. p: of no
    spread. first, second: the best methods of all pictures. top: their difference. methods: the names that
    log-worths refer to. pictures: empty with more than MOST_PICTURES. words: the spread and the picture that
    decides most, as sentences.
    """

    number: int
    sd: float
    low: float
    high: float
    p: float
    first: str
    second: str
    top: float
    methods: tuple[str, ...]
    pictures: tuple[Picture, ...]
    words: str = ""


def pictures_of(
    votes: Votes,
    item: Ints | None,
    items: Sequence[str],
    result: Fit,
    covariance: Floats,
    names: Sequence[str],
) -> PictureResult | None:
    """Return the scores on every picture of a ranked fit; None without pictures or a ranking.

    item: the picture of each vote, an index of `items`, if known. covariance: of the scores.
    """
    if item is None or result.log_worths is None:
        return None
    single = _single_votes(votes, item, result)
    found = None if single is None else picture_spread(single, single.item, result)
    if found is None:
        return None
    number, picture = group_codes(item)
    scores = None
    if number <= MOST_PICTURES:
        scores = picture_scores(votes, picture, result, covariance, found.sd, found.likely)
    first, second = np.argsort(-result.log_worths, kind="stable")[:2].tolist()
    listed = [] if scores is None else list(_listed(scores, names, first, second))
    named = [
        replace(one, name=items[i])
        for one, i in zip(listed, np.flatnonzero(np.bincount(item)).tolist(), strict=False)
    ]
    named.sort(key=lambda one: -np.inf if one.top is None else one.top)
    made = PictureResult(
        number,
        sd=found.sd,
        low=found.low,
        high=found.high,
        p=found.p,
        first=names[first],
        second=names[second],
        top=float(result.log_worths[first] - result.log_worths[second]),
        methods=tuple(names),
        pictures=tuple(named),
    )
    return replace(made, words=" ".join(filter(None, (_spread_in_words(made), _deciding(made)))))


def _single_votes(votes: Votes, item: Ints, result: Fit) -> Responses | None:
    """Return one row for each vote; None with weights, or where ties count as half wins.

    The estimate of the spread compares the residuals of single votes with their variance in the model.
    """
    if votes.count is None and result.ties == "davidson":
        return make_responses(np.zeros(len(item), np.int8), votes.left, votes.right, votes.outcome, item=item)
    kept = votes.outcome != TIE if result.ties == "drop" else np.ones(len(item), bool)
    count = np.ones(len(item)) if votes.count is None else votes.count
    if result.ties == "half" or (count != np.round(count)).any() or count.sum() > MOST_ROWS:
        return None
    rows = np.repeat(np.flatnonzero(kept), count[kept].astype(np.int64))
    who, of = np.zeros(len(rows), np.int64), item[rows]
    return make_responses(who, votes.left[rows], votes.right[rows], votes.outcome[rows], item=of)


def _listed(scores: PictureScores, names: Sequence[str], first: int, second: int) -> Iterator[Picture]:
    for number, votes in enumerate(scores.votes.tolist()):
        rest = scores.without[number]
        known = bool(np.isfinite(rest).all())
        yield Picture(
            "",
            votes,
            tuple(scores.log_worths[number].tolist()),
            tuple(scores.errors[number].tolist()),
            top=float(rest[first] - rest[second]) if known else None,
            leader=names[int(np.argmax(rest))] if known else None,
        )


def _spread_in_words(found: PictureResult) -> str:
    """Return a sentence on the spread between pictures."""
    return (
        f"Between the {found.number} pictures the log-worth of a method has a standard deviation of "
        f"{found.sd:.2f} (95 %: {found.low:.2f} to {found.high:.2f})."
    )


def _deciding(found: PictureResult) -> str:
    """Return a sentence on the picture without which the two best methods are closest; "" without any."""
    if not found.pictures:
        return ""
    one = found.pictures[0]
    if one.top is None:
        return f"Without the picture {one.name} there are no scores."
    ahead = f"{found.first} is {signed(found.top, 2)} log-worth ahead of {found.second}"
    others = [picture for picture in found.pictures if picture.leader not in (None, found.first)]
    if others:
        named = ", ".join(f"{picture.name} ({picture.leader})" for picture in others[:MOST_NAMED])
        more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        return f"{ahead}, but another method is first without one of these pictures: {named}{more}."
    return f"{ahead}, {signed(one.top, 2)} without {one.name}, the picture that decides most."
