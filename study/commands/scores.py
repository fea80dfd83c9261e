"""Print the scores of a large study from counts that are kept up to date."""

import argparse

from study.commands.command import Command, add_study_option, store_of, study_of
from study.counts.scores import scores_from_counts


def scores(args: argparse.Namespace) -> str:
    """Bring the counts of a large study up to date, and print its scores from them, in seconds."""
    store = store_of(args)
    study = study_of(store, args)
    return scores_from_counts(store, study.slug, study.version).to_markdown()


SCORES = Command("scores", scores, add_study_option, database=True)
