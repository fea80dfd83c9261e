"""The scores of a table of votes as text for a terminal."""

from typing import Any

SAME_FIT = 0.5  # of log-likelihood: less is nothing to choose a model by


def table_to_text(found: dict[str, Any]) -> str:
    """From the object that `study.vote_files.fit.fit_table` makes; warnings first."""
    lines = [f"! {warning}" for warning in found["warnings"]]
    if found["status"] == "ok":
        lines += _ranked(found)
    for number, group in enumerate(found.get("groups", ()), start=1):
        lines += _group(number, group)
    lines += _penalised(found)
    return "\n".join(lines)


def _ranked(found: dict[str, Any]) -> list[str]:
    """The scores, and what they rest on."""
    lines = [*_ranking(found), f"Ranks hold for all pairs at once; {_basis(found)}."]
    for name, what in (("position", "side term"), ("log_nu", "ties, log nu")):
        if found[name] is not None:
            error = found[f"{name}_se_cluster"] or found[f"{name}_se"]
            lines.append(f"{what} {found[name]:+.3f}, standard error {error:.3f}")
    if "bootstrap" in found:
        lines += _bootstrap(found["bootstrap"], [name for name, _ in _best_first(found["methods"])])
    if found.get("rao_kupper"):
        lines.append(_other_ties(found))
    return lines


def _group(number: int, group: dict[str, Any]) -> list[str]:
    unranked = [f"  {', '.join(group['methods'])}: no scores"]
    scores = _scores(group["methods"]) if group["status"] == "ok" else unranked
    return [f"Group {number}, on a scale of its own:", *scores]


def _basis(found: dict[str, Any]) -> str:
    people = found["participants"]
    by = "votes taken as independent" if people is None else f"{people} participants"
    return f"{found['votes']:g} votes, {by}"


def _ranking(found: dict[str, Any]) -> list[str]:
    width = max(len(name) for name in found["methods"])
    lines = [f"{'method':{width}}   score     se   rank  preferred"]
    for name, score in _best_first(found["methods"]):
        error = score.get("se_cluster") or score["se_model"]
        low, high = score["rank_low"], score["rank_high"]
        ranks = str(low) if low == high else f"{low}–{high}"
        preferred = f"{100 * score['preference']:.0f} %"
        lines.append(f"{name:{width}}  {score['log_worth']:+.3f}  {error:.3f}  {ranks:>5}  {preferred:>9}")
    return lines


def _scores(methods: dict[str, dict[str, Any]]) -> list[str]:
    width = max(len(name) for name in methods)
    return [
        f"  {name:{width}}  {score['log_worth']:+.3f}  {score['se_model']:.3f}"
        for name, score in _best_first(methods)
    ]


def _best_first(methods: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(methods.items(), key=lambda pair: -pair[1]["log_worth"])


def _bootstrap(found: dict[str, Any] | None, names: list[str]) -> list[str]:
    if found is None:
        return [
            "Participants cannot be drawn anew: there are too few of them, or most draws give no ranking."
        ]
    width, methods = max(map(len, names)), found["methods"]
    without = f", of which {found['failed']:.1%} gave no ranking" if found["failed"] else ""
    head = f"Participants drawn anew {found['replicates']} times (seed {found['seed']}){without}:"
    rows = (
        f"  {name:{width}}  {methods[name]['low']:+.3f} to {methods[name]['high']:+.3f}, "
        f"se {methods[name]['se']:.3f}"
        for name in names
    )
    return [head, *rows]


def _other_ties(found: dict[str, Any]) -> str:
    """Whether the scores hang on the model of ties."""
    other = found["rao_kupper"]
    theirs = sorted(found["methods"], key=lambda name: -other["log_worths"][name])
    same = theirs == [name for name, _ in _best_first(found["methods"])]
    gain = other["loglik"] - found["loglik"]
    better = "better" if gain > SAME_FIT else "worse" if gain < -SAME_FIT else "as well"
    order = "in the same order" if same else f"in another order: {', '.join(theirs)}"
    return (
        f"Ties after Rao and Kupper instead of Davidson fit {better} "
        f"(log-likelihood {other['loglik']:.1f}, here {found['loglik']:.1f}), methods {order}."
    )


def _penalised(found: dict[str, Any]) -> list[str]:
    if found.get("penalised"):
        return [found["penalised"]["label"], *_scores(found["penalised"]["methods"])]
    if found["status"] == "separated":
        return ["`--penalty firth` gives shrunk scores, for the order alone."]
    return []
