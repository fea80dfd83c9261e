"""State how the scores compare with those of Thurstone and Mosteller's model."""

from collections.abc import Sequence
from dataclasses import dataclass

from study.number_formats import percent
from study.statistics.bradley_terry import Fit
from study.statistics.scales.link_check import LinkCheck, check_link
from study.votes import Floats

SAME_FIT = 0.5  # log-likelihoods that differ by less support neither curve


@dataclass(frozen=True)
class OtherScore:
    """Hold the score of a method in just-objectionable differences; those of all methods sum to 0."""

    method: str
    jod: float


@dataclass(frozen=True)
class OtherLink:
    """Hold Thurstone and Mosteller's fit.

    scores: in the order of the methods. loglik: its log-likelihood. gain: this less that of the main fit.
    turned: pairs of methods in another order. largest_change: of a probability of being preferred, over all
    pairs, ties aside. threshold, order_effect: in standard deviations of a perceived difference, None where
    the model has none. words: all this as a sentence.
    """

    scores: tuple[OtherScore, ...]
    threshold: float | None
    order_effect: float | None
    loglik: float
    gain: float
    turned: tuple[tuple[str, str], ...]
    largest_change: float
    words: str


def other_link(counts: Floats, result: Fit, names: Sequence[str]) -> OtherLink | None:
    """Fit the same counts (2×K×K×3 or K×K×3, ties as in the fit) on the normal curve."""
    found = check_link(counts, result)
    if found is None:
        return None
    return OtherLink(
        scores=tuple(map(OtherScore, names, found.thurstone.jod.tolist())),
        threshold=found.thurstone.threshold,
        order_effect=found.thurstone.order_effect,
        loglik=found.thurstone.loglik,
        gain=found.gain,
        turned=tuple((names[a], names[b]) for a, b in found.turned),
        largest_change=found.largest,
        words=_in_words(found, names),
    )


def _in_words(found: LinkCheck, names: Sequence[str]) -> str:
    """Return a sentence on the other fit; it names the pairs that change places."""
    fits = "better" if found.gain > SAME_FIT else "worse" if found.gain < -SAME_FIT else "as well"
    order = "all methods are in the same order"
    if found.turned:
        pairs = "; ".join(f"{names[a]} and {names[b]}" for a, b in found.turned)
        order = f"these change places, so that the votes do not decide which is better: {pairs}"
    likelihood = f"log-likelihood {found.thurstone.loglik:.1f}"
    return (
        f"Thurstone and Mosteller's normal curve fits {fits} ({likelihood}), no chance of being "
        f"preferred changes by more than {percent(found.largest, 1)}, and {order}."
    )
