"""Plan the number of participants and pictures, and the interim analyses of a study."""

import argparse
from dataclasses import replace

import numpy as np

from study.commands.command import Command
from study.number_formats import percent
from study.records import BadStudy
from study.report.sample_size_text import make_plan, plan_to_json, plan_to_text
from study.statistics.answers.covariates import worth_if_adjusted
from study.statistics.answers.cumulative import gain_of_grades
from study.statistics.planning.best_of import gain_of_best
from study.statistics.planning.pictures import USUAL_SPREAD, Pictures, required_pictures
from study.statistics.sample_size import Aim, Crowd, crowd_of_taste


def plan(args: argparse.Namespace) -> str:
    """Calculate how many participants and pictures a study needs, and the limits of its interim analyses."""
    try:
        aim = Aim(args.methods, _difference(args), args.alpha, args.power, args.ties, args.multiplicity)
        crowd = Crowd(args.votes, args.correlation)
        if args.taste is not None:
            crowd = crowd_of_taste(args.taste, args.votes, args.methods, args.ties, args.picture_spread)
        worth = _worth(args) * gain_of_best(args.best_of) * _worth_adjusted(args)
        crowd = replace(crowd, worth=worth, shown=args.best_of)
        made = make_plan(aim, crowd, args.looks, _pictures(args, aim, crowd))
    except ValueError as error:
        raise BadStudy(f"Please check the options: {error}.") from None
    return plan_to_json(made) if args.json else plan_to_text(made) + _adjusting(args)


def _pictures(args: argparse.Namespace, aim: Aim, crowd: Crowd) -> Pictures | None:
    """Return the pictures of the plan: as many as wanted, or else as many as it needs.

    None where their number is not given and they do not differ: the result is about these pictures alone.
    """
    if args.pictures is None and not args.picture_spread:
        return None
    like = Pictures(args.pictures or 2, args.picture_spread, args.taste or 0.0)
    return like if args.pictures is not None else replace(like, number=required_pictures(aim, crowd, like))


def _worth(args: argparse.Namespace) -> float:
    """Return how many votes without grades a vote is worth. Raises ValueError for a share outside 0 to 1."""
    if args.best_of > args.methods:
        raise ValueError("--best-of should not be larger than --methods")
    if args.grades is None:
        return 1.0
    if args.best_of > 2:
        raise ValueError("--grades are for pairs, not for --best-of")
    if not 0 < args.grades < 1:
        raise ValueError("--grades should be between 0 and 1, such as 0.3")
    return gain_of_grades(args.ties, args.grades)


def _worth_adjusted(args: argparse.Namespace) -> float:
    """Return how many votes without covariates a vote is worth. Raises ValueError for an impossible share."""
    if args.adjust is None:
        return 1.0
    if args.best_of > 2:
        raise ValueError("--adjust is for pairs, not for --best-of")
    return worth_if_adjusted(args.adjust, args.methods)


def _adjusting(args: argparse.Namespace) -> str:
    """Return a sentence on what the adjustment costs and assumes, "" without one."""
    if args.adjust is None:
        return ""
    return (
        f"\nScores adjusted for a covariate of which methods explain {percent(args.adjust)}: a vote is worth "
        f"{_worth_adjusted(args):.2f} votes\n(included above; on average over all pairs, if its effect is "
        "the same in all people and pictures).\n"
    )


def _difference(args: argparse.Namespace) -> float:
    """Return the difference in log-worth. Raises ValueError unless exactly one of two options gives it."""
    if (args.difference is None) == (args.preference is None):
        raise ValueError("give either --difference or --preference")
    if args.preference is None:
        return float(args.difference)
    if not 0.5 < args.preference < 1:
        raise ValueError("--preference should be between 0.5 and 1, such as 0.6")
    return float(np.log(args.preference / (1 - args.preference)))


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--methods", type=int, required=True, help="number of methods that are compared")
    add("--difference", type=float, help="difference of log-worths that should be found, such as 0.4")
    add("--preference", type=float, help="the same as a share of decided votes, such as 0.6")
    add("--votes", type=int, default=20, help="votes of each participant; default 20")
    add("--power", type=float, default=0.8, help="probability of finding the difference; default 0.8")
    add("--alpha", type=float, default=0.05, help="probability of any false difference; default 0.05")
    add("--ties", type=float, default=0.15, help="share of ties between equal methods; default 0.15")
    add("--correlation", type=float, default=0.02, help="of votes of one participant; default 0.02")
    much = (
        "votes have grades, of which this share of decided votes on equal methods is much better, such as 0.3"
    )
    add("--grades", type=float, metavar="SHARE", help=much)
    adjust = (
        "scores are adjusted for a covariate, of which methods explain this share, such as 0.3 for a "
        "property of the pictures; 0 for how pairs are viewed"
    )
    add("--adjust", type=float, metavar="SHARE", help=adjust)
    best = "pictures at a time, of which the best is chosen; default 2, which are votes on pairs"
    add("--best-of", type=int, choices=[2, 3, 4], default=2, help=best)
    taste = "instead of --correlation: standard deviation of log-worths between participants"
    add("--taste", type=float, metavar="SD", help=taste)
    add("--pictures", type=int, help="number of pictures; default: as many as are needed")
    differ = (
        f"standard deviation of log-worths between pictures; default {USUAL_SPREAD}. 0 without --pictures: "
        "the result is about these pictures alone"
    )
    add("--picture-spread", type=float, metavar="SD", default=USUAL_SPREAD, help=differ)
    add("--multiplicity", choices=["bonferroni", "simultaneous", "none"], default="bonferroni")
    looks = "interim analyses as shares of the votes, such as 0.5,1; default 1"
    add("--looks", type=_shares, default=(1.0,), help=looks)
    add("--json", action="store_true")


def _shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} should be shares such as 0.5,1") from None


PLAN = Command("plan", plan, _add_options)
