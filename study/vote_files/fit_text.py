"""Write the scores of a table of votes as text for a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from study.number_formats import percent, ranks
from study.vote_files.second_analyses import second_lines

HOLD = "Ranks hold for all pairs at once"
SAME_FIT = 0.5  # log-likelihoods that differ by less support neither model


def table_to_text(found: dict[str, Any]) -> str:
    """Return the object of `study.vote_files.fit.fit_table` as lines of text, warnings first."""
    lines = [f"! {warning}" for warning in found["warnings"]]
    if found["status"] == "ok":
        lines += _ranked(found)
    for number, group in enumerate(found.get("groups", ()), start=1):
        lines += _group(number, group)
    lines += _penalised(found)
    return "\n".join(lines)


def _ranked(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the scores, the number of votes, and the other terms of the model."""
    yield from _ranking(found)
    yield f"{_held(found)}; {_number_of_votes(found)}."
    for name, words in (("position", "order effect"), ("log_nu", "ties, log nu")):
        if found[name] is not None:
            error = found[f"{name}_se_cluster"] or found[f"{name}_se"]
            yield f"{words} {found[name]:+.3f}, standard error {error:.3f}"
    yield from _ranking_terms(found)
    if "bootstrap" in found:
        yield from _bootstrap(found["bootstrap"], [name for name, _ in _best_first(found["methods"])])
    if found.get("rao_kupper"):
        yield _compare_tie_models(found)
    if "scales" in found:
        yield from _further(found["scales"])
    yield from second_lines(found)


def _further(scales: Mapping[str, Any]) -> Iterator[str]:
    """Yield the chances against the anchor, the other curve, and the pictures."""
    anchor = scales["anchor"]
    width = max((len(one["method"]) for one in anchor["methods"]), default=0)
    yield f"Chance of being preferred to {anchor['anchor']}, ties aside (95 % for all pairs at once):"
    for one in anchor["methods"]:
        limits = f"{percent(one['low'])} to {percent(one['high'])}"
        yield f"  {one['method']:{width}}  {percent(one['preference']):>5}  ({limits})"
    if scales["thurstone"]:
        yield scales["thurstone"]["words"]
    if scales["pictures"]:
        yield scales["pictures"]["words"]


def _ranking_terms(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines of text about the ties and the positions of a fit of rankings."""
    for size, term in (found.get("ties") or {}).items():
        yield f"ties of {size}, log delta {term['log_odds']:+.3f}, standard error {term['se']:.3f}"
    for place, term in (found.get("positions") or {}).items():
        if term["se"]:
            yield f"position {place} beside the last {term['effect']:+.3f}, standard error {term['se']:.3f}"


def _held(found: Mapping[str, Any]) -> str:
    """Return whether the ranks hold, as the beginning of a sentence."""
    if found["concentrated"]:
        return "Few participants or pictures carry the ranks"
    raters = found.get("raters") or {}
    if raters.get("kinds") or (raters.get("discernment") or {}).get("random"):
        return "The ranks do not describe all participants: see the warnings"
    if found.get("unstable"):
        return "The ranks depend on when or on which pictures people voted: see the warnings"
    if ((found.get("scales") or {}).get("cycles") or {}).get("number"):
        return "No order of the methods agrees with all significant preferences: see the warnings"
    copied = any(raters.get(name) for name in ("repeated", "block", "same_person"))
    return "Some votes may be copies: see the warnings" if copied else HOLD


def _group(number: int, group: Mapping[str, Any]) -> list[str]:
    unranked = [f"  {', '.join(group['methods'])}: no scores"]
    scores = _scores(group["methods"]) if group["status"] == "ok" else unranked
    return [f"Group {number}, on a scale of its own:", *scores]


def _number_of_votes(found: Mapping[str, Any]) -> str:
    people = found["participants"]
    by = "votes treated as independent" if people is None else f"{people} participants"
    what = found.get("answers", "votes")
    return f"{found['votes']:g} {what}, {by}"


def _ranking(found: Mapping[str, Any]) -> list[str]:
    width = max(len(name) for name in found["methods"])
    lines = [f"{'method':{width}}   score     se    JOD     se   rank  preferred"]
    for name, score in _best_first(found["methods"]):
        error = score.get("se") or score["se_model"]
        possible, preferred = ranks(score["rank_low"], score["rank_high"]), percent(score["preference"])
        units = f"{score['jod']:+.2f}  {score['jod_se']:5.2f}"
        scores = f"{score['log_worth']:+.3f}  {error:.3f}  {units}"
        lines.append(f"{name:{width}}  {scores}  {possible:>5}  {preferred:>9}")
    return lines


def _scores(methods: Mapping[str, Mapping[str, Any]]) -> list[str]:
    width = max(len(name) for name in methods)
    return [
        f"  {name:{width}}  {score['log_worth']:+.3f}  {score['se_model']:.3f}"
        for name, score in _best_first(methods)
    ]


def _best_first(methods: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(methods.items(), key=lambda pair: -pair[1]["log_worth"])


def _bootstrap(found: Mapping[str, Any] | None, names: Sequence[str]) -> Iterator[str]:
    if found is None:
        yield "No bootstrap: there are too few participants, or most samples give no ranking."
        return
    width, methods = max(map(len, names)), found["methods"]
    without = f", of which {percent(found['failed'], 1)} give no ranking" if found["failed"] else ""
    yield f"{found['replicates']} bootstrap samples of the participants (seed {found['seed']}){without}:"
    for name in names:
        limits = f"{methods[name]['low']:+.3f} to {methods[name]['high']:+.3f}"
        yield f"  {name:{width}}  {limits}, se {methods[name]['se']:.3f}"


def _compare_tie_models(found: Mapping[str, Any]) -> str:
    """Compare the fit and the order of the methods with those of the tie model of Rao and Kupper."""
    other = found["rao_kupper"]
    names = sorted(found["methods"], key=lambda name: -other["log_worths"][name])
    same = names == [name for name, _ in _best_first(found["methods"])]
    gain = other["loglik"] - found["loglik"]
    better = "better" if gain > SAME_FIT else "worse" if gain < -SAME_FIT else "as well"
    order = "in the same order" if same else f"in another order: {', '.join(names)}"
    return (
        f"Ties after Rao and Kupper instead of Davidson fit {better} "
        f"(log-likelihood {other['loglik']:.1f}, here {found['loglik']:.1f}), methods {order}."
    )


def _penalised(found: Mapping[str, Any]) -> list[str]:
    if found.get("penalised"):
        return [found["penalised"]["label"], *_scores(found["penalised"]["methods"])]
    if found["status"] == "separated":
        penalty = "phantom" if found.get("answers") == "rankings" else "firth"
        return [f"`--penalty {penalty}` adds penalised scores; only their order is reliable."]
    return []
