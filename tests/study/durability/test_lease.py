"""Check that one server alone writes to an address, and that the next one soon follows a dead one."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from study.collect.enrolment import enrol
from study.durability.lease import Holder, Lost, now, read_lease
from study.durability.remote import Remote
from study.records import BadStudy, Unavailable
from tests.support.copied import place_in, rows_of, server, started
from tests.support.study_world import shown, vote

SECONDS = 0.1


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    yield Remote(f"file://{tmp_path / 'copies'}")


def take(remote: Remote, owner: str = "") -> Holder:
    return Holder.take(remote, owner, SECONDS, 0)


def test_the_first_server_takes_the_address_at_once(remote: Remote) -> None:
    holder = take(remote)
    assert read_lease(remote) == holder.lease and holder.lease.generation == 1


def test_a_second_server_is_refused_while_the_first_one_lives(remote: Remote) -> None:
    first = take(remote)
    stop = threading.Event()

    def live() -> None:
        while not stop.wait(SECONDS / 2):
            first.renew(now())

    thread = threading.Thread(target=live)
    thread.start()
    try:
        with pytest.raises(BadStudy, match="Another server copies its votes"):
            take(remote)
    finally:
        stop.set()
        thread.join()
    first.check()


def test_a_dead_server_is_followed_after_a_few_intervals(remote: Remote) -> None:
    first = take(remote)
    first.renew(now())
    began = time.monotonic()
    second = take(remote)
    assert time.monotonic() - began >= 3 * SECONDS
    assert second.lease.generation == 2 and second.before == first.lease
    with pytest.raises(Lost):
        first.renew(now())


def test_an_ended_server_is_followed_at_once(remote: Remote) -> None:
    Holder.take(remote, "", 60.0, 0).release(now())
    began = time.monotonic()
    assert Holder.take(remote, "", 60.0, 0).lease.generation == 2
    assert time.monotonic() - began < 5


def test_a_lease_of_long_ago_is_followed_at_once(remote: Remote) -> None:
    first = Holder.take(remote, "", 1.0, 0)
    old = replace(first.lease, at="2026-01-01T00:00:00.000+00:00")
    remote.write("lease.json", json.dumps(asdict(old)).encode())
    began = time.monotonic()
    Holder.take(remote, "", 1.0, 0)
    assert time.monotonic() - began < 1


def test_numbers_of_files_count_too(remote: Remote) -> None:
    assert Holder.take(remote, "", SECONDS, 6).lease.generation == 7


def test_a_lease_is_given_back(remote: Remote) -> None:
    first = take(remote)
    take(remote).give_back()
    first.check()


def test_a_file_that_is_no_lease_counts_as_none(remote: Remote) -> None:
    remote.write("lease.json", b"{")
    assert read_lease(remote) is None


def test_a_new_server_of_the_same_space_gets_the_last_votes_of_the_old_one(tmp_path: Path) -> None:
    address = f"file://{tmp_path / 'copies'}"
    old = started(replace(place_in(tmp_path / "old", address), owner="lab/space", seconds=1.0))
    old.durability.start()
    token = enrol(old.store, "small")
    vote(old.store, token, shown(old.store, token))
    with server(tmp_path / "new", address, owner="lab/space", seconds=1.0) as new:
        assert rows_of(tmp_path / "new" / "harmonylab.db") == rows_of(tmp_path / "old" / "harmonylab.db")
        with pytest.raises(Unavailable), old.store.transaction():
            pass
        assert not old.durability.status().safe
        vote(new.store, token, shown(new.store, token))
        old.durability.stop()
        new.copy()
        assert new.durability.status().working
    old.store.close()
