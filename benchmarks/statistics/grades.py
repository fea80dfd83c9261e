"""Measure what grades are worth, beside what `plan` expects, and the coverage of intervals from grades.

    python -m benchmarks.statistics.grades [--studies 1000]

Each study has five equal methods and 60 participants with 20 votes each on 25 pictures. Between equal methods
15 % of the votes are ties, and of the decided ones a share is much better. `taste` is the standard deviation
of log-worths between participants. The Markdown table holds the variance of differences without grades,
divided by that with them, in the same model, as planned and as simulated; and the coverage of single
intervals and of all simultaneous intervals from the grades.
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import logit

from benchmarks.arguments import parser_of
from study.statistics.answers.cumulative import errors_of_graded, fit_graded, gain_of_grades
from study.statistics.multiple_comparisons import compare
from study.statistics.sample_size import Crowd, crowd_of_taste
from study.votes import LEFT, NONE, RIGHT, TIE, Floats, Ints, Votes

K, PEOPLE, EACH, PICTURES, TIES = 5, 60, 20, 25, 0.15
UPPER = np.triu_indices(K, 1)
DESIGNS = ((0.3, 0.0), (0.3, 0.5), (0.5, 0.0), (0.5, 0.5))  # share of much better, taste


def draw(much: float, taste: float, rng: np.random.Generator) -> tuple[Votes, Ints, Ints]:
    """Draw votes by a cumulative logit, with the grade and the item of each."""
    votes = PEOPLE * EACH
    person, left = np.repeat(np.arange(PEOPLE), EACH), rng.integers(0, K, votes)
    right = (left + rng.integers(1, K, votes)) % K
    worth = rng.normal(0, 1, (PEOPLE, K)) * taste
    felt = worth[person, left] - worth[person, right] + rng.logistic(size=votes)
    limits = -logit(np.array([1 - TIES, (1 - TIES) * much]) / 2)
    level = np.searchsorted(limits, np.abs(felt))
    outcome = np.where(level == 0, TIE, np.where(felt > 0, LEFT, RIGHT))
    item = rng.integers(0, PICTURES, votes)
    return Votes(left, right, outcome, participant=person), np.where(level > 0, level, NONE), item


def studies_of(much: float, taste: float, studies: int) -> Iterator[tuple[Floats, Floats, float, bool]]:
    """Yield differences without and with grades, the share that is covered, and if all are at once."""
    for seed in range(studies):
        votes, grade, item = draw(much, taste, np.random.default_rng(seed))
        graded = fit_graded(votes, grade, K)
        plain = fit_graded(votes, np.where(grade != NONE, 1, NONE), K)
        assert graded is not None and plain is not None
        errors = errors_of_graded(graded, votes, item)
        compared = compare(graded.log_worths, errors, seed=seed)
        distance, reach = np.abs(compared.differences)[UPPER], errors.between[UPPER]
        without = np.subtract.outer(plain.log_worths, plain.log_worths)[UPPER]
        covered = float(np.mean(distance <= errors.factor * reach))
        together = bool((distance <= compared.critical * reach).all())
        yield without, compared.differences[UPPER], covered, together


def main() -> None:
    """Print the table."""
    parser = parser_of(__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    studies = parser.parse_args().studies
    print(
        "| much better | taste | worth, planned | worth, simulated | single intervals | all pairs at once |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    for much, taste in DESIGNS:
        plain = crowd_of_taste(taste, EACH, K, TIES)
        graded = Crowd(EACH, plain.correlation, gain_of_grades(TIES, much))
        planned = plain.design_effect / graded.design_effect
        without, with_grades, single, together = zip(*studies_of(much, taste, studies), strict=True)
        worth = np.mean(np.square(without)) / np.mean(np.square(with_grades))
        shares = f"{100 * np.mean(single):.1f} % | {100 * np.mean(together):.1f} %"
        print(f"| {100 * much:.0f} % | {taste} | {planned:.2f} | {worth:.2f} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
