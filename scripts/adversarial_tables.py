"""Write tables of votes that mislead a careless analysis, for tests: tests/data/adversarial.

    python -m scripts.adversarial_tables [FOLDER]

Every table is drawn from a fixed seed, so that the same files result. `cases.toml` beside them holds what
`fit` and `report` must say about each.
"""

import argparse
import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from study.atomic_files import write_file
from study.statistics.simulated_votes import Taste, draw_outcomes, draw_votes
from study.votes import OUTCOMES, Ints, Votes

FOLDER = Path("tests/data/adversarial")
Row: TypeAlias = dict[str, object]
SPREAD = np.linspace(-0.96, 0.96, 5)  # log-worths of a ... e, e the best
HONEST = Taste(SPREAD, taste_sd=0.3)
LETTERS = "abcde"


def rows_of(votes: Votes, item: Ints | None = None, first: int = 1) -> list[Row]:
    """Return votes as rows; participants are numbered from `first`."""
    assert votes.participant is not None
    found: list[Row] = []
    for i, who in enumerate(votes.participant.tolist()):
        row: Row = {"participant": f"p{who + first:02}"}
        if item is not None:
            row["item"] = f"s{item[i] + 1:02}"
        row |= {"left": LETTERS[votes.left[i]], "right": LETTERS[votes.right[i]]}
        found.append(row | {"outcome": OUTCOMES[votes.outcome[i]]})
    return found


def drawn(
    seed: int,
    people: int | Ints = 40,
    votes: int | Ints = 20,
    *,
    taste: Taste = HONEST,
    pictures: int = 25,
    first: int = 1,
) -> list[Row]:
    """Return the rows of an honest study."""
    number = people if isinstance(people, int) else len(people)
    found, item = draw_votes(
        taste, participants=number, votes_each=votes, items=pictures, rng=np.random.default_rng(seed)
    )
    return rows_of(found, item, first)


def counted(*votes: tuple[str, int]) -> list[Row]:
    """Return rows with counts from votes such as "abL"."""
    return [{"left": v[0], "right": v[1], "outcome": v[2], "count": n} for v, n in votes]


def by_people(people: int, *votes: tuple[str, int], pictures: int = 20) -> list[Row]:
    """Return these votes, shuffled over people and pictures with a fixed seed."""
    listed = [vote for vote, times in votes for _ in range(times)]
    order = np.random.default_rng(7).permutation(len(listed))
    return [
        {
            "participant": f"p{n % people + 1:02}",
            "item": f"s{n // people % pictures + 1:02}",
            **dict(zip(("left", "right", "outcome"), listed[i], strict=True)),
        }
        for n, i in enumerate(order.tolist())
    ]


def clicked(seed: int, people: int, answers: str, *, first: int, votes: int = 30) -> list[Row]:
    """Return rows of people whose answers do not depend on the methods: drawn from the letters."""
    rng = np.random.default_rng(seed + 1)
    rows = drawn(seed, people, votes, first=first)
    return [row | {"outcome": answers[rng.integers(len(answers))]} for row in rows]


def changed(rows: Iterable[Row], **columns: Callable[[int], object]) -> list[Row]:
    """Return rows with columns that depend on the place of each row."""
    return [row | {name: value(i) for name, value in columns.items()} for i, row in enumerate(rows)]


def separation() -> list[Row]:
    """One method wins every vote."""
    return by_people(12, ("abL", 60), ("baR", 60), ("bcL", 40), ("bcR", 20), ("acL", 60))


def disconnected() -> list[Row]:
    """No vote links a and b with c and d."""
    return by_people(12, ("abL", 50), ("abR", 30), ("cdL", 50), ("cdR", 30))


def one_side() -> list[Row]:
    """Everybody always chose the left side."""
    return by_people(12, ("abL", 50), ("baL", 50), ("bcL", 50), ("cbL", 50), ("acL", 50), ("caL", 50))


def ties_only() -> list[Row]:
    """Every answer is "no difference"."""
    return by_people(12, ("abT", 60), ("bcT", 60), ("acT", 60))


def concentrated_person() -> list[Row]:
    """One of 30 people gave 400 of 690 votes."""
    return drawn(5, np.arange(30), np.array([400] + [10] * 29))


def zipf_votes() -> list[Row]:
    """The votes of people fall as 1, 1/2, 1/3 and so on."""
    return drawn(6, np.arange(30), np.array([max(1, 400 // n) for n in range(1, 31)]))


def concentrated_picture() -> list[Row]:
    """One picture got 60 % of the votes."""
    return changed(drawn(7), item=lambda i: "s01" if i % 5 < 3 else f"s{i % 19 + 2:02}")


def ten_pictures() -> list[Row]:
    """Ten pictures, on which methods do very differently."""
    return drawn(8, 40, 30, pictures=10, taste=replace(HONEST, item_sd=0.8))


def six_pictures() -> list[Row]:
    """Six pictures only."""
    return drawn(9, 40, 20, pictures=6)


def careless_half() -> list[Row]:
    """40 careful people, and 40 who chose at random."""
    return drawn(10, 40, 40) + clicked(11, 40, "LLRRT", first=41, votes=40)


def side_clickers() -> list[Row]:
    """A quarter of the people always chose the left side."""
    return drawn(12, 45, 30) + clicked(13, 15, "L", first=46)


def opposed_groups() -> list[Row]:
    """40 people, and 40 with the opposite preferences."""
    return drawn(14, 40, 20) + drawn(15, 40, 20, taste=replace(HONEST, log_worths=-SPREAD), first=41)


def duplicated_file() -> list[Row]:
    """A file that was added twice."""
    return drawn(16, 30, 20) * 2


def duplicated_without_people() -> list[Row]:
    """A file without participants and pictures that was added twice."""
    keys = ("left", "right", "outcome")
    return [{key: row[key] for key in keys} for row in drawn(17, 30, 20)] * 2


def two_ids() -> list[Row]:
    """The votes of one person under two ids."""
    rows = drawn(18, 30, 20)
    return rows + [row | {"participant": "p99"} for row in rows if row["participant"] == "p04"]


def repeated_rows() -> list[Row]:
    """Every fifteenth row occurs twice."""
    return [row for i, row in enumerate(drawn(19, 40, 10, pictures=300)) for _ in range(1 + (i % 15 == 0))]


def blank_cells() -> list[Row]:
    """Some outcomes are blank, NA or NaN."""
    blanks = {3: "", 17: "NA", 40: "NaN"}
    rows = drawn(20)
    return changed(rows, outcome=lambda i: blanks.get(i, rows[i]["outcome"]))


def look_alike_names() -> list[Row]:
    """One method is written in two ways."""
    rows = drawn(21)
    return changed(rows, left=lambda i: "E" if rows[i]["left"] == "e" else rows[i]["left"])


def huge_counts() -> list[Row]:
    """Some counts are so large that others have no effect."""
    return counted(("abL", 10**14), ("abR", 10**14), ("bcL", 3), ("bcR", 2))


def single_participant() -> list[Row]:
    """One person gave all votes."""
    return drawn(23, 1, 200)


def two_participants() -> list[Row]:
    """Two people gave all votes."""
    return drawn(24, 2, 150)


def participants_missing() -> list[Row]:
    """Some rows do not say who voted."""
    rows = drawn(25)
    return changed(rows, participant=lambda i: "" if i % 50 == 0 else rows[i]["participant"])


def order_confounded() -> list[Row]:
    """The method that is earlier in the alphabet is always on the left."""
    return by_people(30, ("abL", 90), ("abR", 60), ("acL", 100), ("acR", 50), ("adL", 110), ("adR", 40))


def cycle() -> list[Row]:
    """Rock, paper, scissors: a beats b, b beats c, and c beats a."""
    found = []
    for a, b in ("ab", "bc", "ca"):
        found += [(f"{a}{b}L", 56), (f"{b}{a}R", 56), (f"{a}{b}R", 24), (f"{b}{a}L", 24)]
    return by_people(40, *found)


def near_separation() -> list[Row]:
    """The best method lost one vote."""
    won = ("abL", 75), ("baR", 74), ("acL", 75), ("caR", 75)
    return by_people(30, *won, ("baL", 1), ("bcL", 60), ("bcR", 20), ("cbL", 30), ("cbR", 40))


def one_voter() -> list[Row]:
    """One person decides which method is best: the other 29 have no preference."""
    rows = drawn(29, 29, 20, taste=replace(HONEST, log_worths=np.zeros(3)), first=2)
    own = by_people(1, ("abL", 25), ("baR", 25), ("acL", 25), ("caR", 25))
    return own + rows


def gold_failed() -> list[Row]:
    """Nobody answered the gold pairs rightly."""
    rows = [row | {"kind": "main", "expected": ""} for row in drawn(30, 20, 20)]
    for who in range(20):
        gold: Row = {
            "participant": f"p{who + 1:02}",
            "item": "gold",
            "left": "a",
            "right": "b",
            "outcome": "L",
        }
        rows += [gold | {"kind": "gold", "expected": "R"}] * 3
    return rows


def equal_methods() -> list[Row]:
    """All methods are equal."""
    return drawn(31, 60, 20, taste=replace(HONEST, log_worths=np.zeros(4)))


def simpson() -> list[Row]:
    """On every picture a is better than b, but a met c where c is good, and b where c is bad."""
    rng = np.random.default_rng(32)
    found = []
    for n in range(1500):
        hard = bool(rng.random() < 0.5)
        pair: str = ("ab", "ac", "bc")[int(rng.choice(3, p=[0.1, 0.8, 0.1] if hard else [0.1, 0.1, 0.8]))]
        worths = {"a": 0.3, "b": -0.3, "c": 2.0 if hard else -2.0}
        left, right = list(pair if rng.random() < 0.5 else pair[::-1])
        odds = np.array([[worths[left]], [worths[right]]])
        outcome = draw_outcomes(odds[0], odds[1], -1.0, rng)[0]
        picture = int(rng.integers(10)) + (1 if hard else 11)
        found.append(
            {
                "participant": f"p{n % 50 + 1:02}",
                "item": f"s{picture:02}",
                "left": left,
                "right": right,
                "outcome": OUTCOMES[outcome],
            }
        )
    return found


def time_drift() -> list[Row]:
    """The later half of the people has other preferences than the earlier half."""
    early = replace(HONEST, log_worths=np.array([-0.2, -0.1, 0.0, 0.1, 0.2]))
    late = replace(HONEST, log_worths=np.array([0.9, -0.1, 0.0, 0.1, -0.9]))
    return drawn(33, 40, 20, taste=early) + drawn(34, 40, 20, taste=late, first=41)


def speeders() -> list[Row]:
    """A third of the people answer within a fifth of a second."""
    rows = drawn(35, 30, 20)
    return changed(rows, rt_ms=lambda i: 180 + i % 40 if i // 20 % 3 == 0 else 2000 + 13 * (i % 97))


def never_compared() -> list[Row]:
    """Two of six pairs were never compared."""
    pairs = ("ab", "bc", "cd", "ad")
    return by_people(
        20, *((f"{pair}{outcome}", n) for pair in pairs for outcome, n in (("L", 40), ("R", 30)))
    )


def bad_outcome() -> list[Row]:
    """One outcome is no answer."""
    return changed(counted(("abL", 30), ("abR", 20), ("abT", 3)), outcome=lambda i: "LRX"[i])


def thousands() -> list[Row]:
    """A count is written with a mark for thousands."""
    return changed(counted(("abL", 30), ("abR", 20)), count=lambda i: ("1,200", 20)[i])


def same_method() -> list[Row]:
    """A method is compared with itself."""
    return counted(("abL", 30), ("abR", 20), ("aaL", 5))


TABLES = (
    *(separation, disconnected, one_side, ties_only, concentrated_person, zipf_votes, concentrated_picture),
    *(ten_pictures, six_pictures, careless_half, side_clickers, opposed_groups, duplicated_file),
    *(duplicated_without_people, two_ids, repeated_rows, blank_cells, look_alike_names, huge_counts),
    *(single_participant, two_participants, participants_missing, order_confounded, cycle, near_separation),
    *(one_voter, gold_failed, equal_methods, simpson, time_drift, speeders, never_compared, bad_outcome),
    *(thousands, same_method),
)


def text_of(rows: list[Row]) -> str:
    """Return rows as CSV."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def main() -> None:
    """Write all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        write_file(folder / f"{table.__name__}.csv", text_of(table()).encode())


if __name__ == "__main__":
    main()
