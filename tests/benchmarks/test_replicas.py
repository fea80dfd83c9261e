"""Check that two servers on one PostgreSQL lose and double nothing, also where one is killed."""

from pathlib import Path

from benchmarks import postgresql
from benchmarks.durability.replicas import vote_on_two_servers


def test_hundreds_of_people_move_between_two_servers(tmp_path: Path) -> None:
    with postgresql.server() as url:
        found = vote_on_two_servers(tmp_path, url, people=500, votes=2)
    assert (found.acknowledged, found.lost, found.doubled, found.unfinished) == (1000, 0, 0, 0)
    assert found.unequal <= 1
    assert found.differing == ()
