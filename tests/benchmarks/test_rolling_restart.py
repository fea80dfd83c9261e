"""Check that people go on voting through Caddy while both servers are restarted one after the other."""

from pathlib import Path

from benchmarks import postgresql
from benchmarks.durability.rolling_restart import restart_in_turn


def test_people_vote_while_each_server_is_restarted(tmp_path: Path) -> None:
    with postgresql.server() as url:
        done = restart_in_turn(tmp_path, url, rounds=1, votes=4)
    found = done.found
    assert found.acknowledged == 4 * found.people > 100
    assert (found.lost, found.doubled, found.unfinished, found.differing) == (0, 0, 0, ())
    assert found.unequal <= 1
    # The page repeats these; 503 would mean that Caddy had stopped using both servers.
    assert done.repeated.keys() <= {502}
