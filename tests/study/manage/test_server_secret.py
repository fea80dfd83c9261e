"""Check that servers on one database end with one secret, and that a different one stops the start."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from study.database.store import Store
from study.manage.server_secret import forget_secret, shared_key, shared_secret
from study.records import BadStudy

FIRST, SECOND = "a" * 40, "b" * 40


def test_servers_without_a_variable_use_the_secret_of_the_first(store: Store) -> None:
    assert shared_secret(store, FIRST, is_set=False) == FIRST
    assert shared_secret(store, SECOND, is_set=False) == FIRST
    assert shared_secret(store, FIRST, is_set=True) == FIRST
    assert (shared_key(store, "one"), shared_key(store, "two")) == ("one", "one")


def test_servers_that_start_at_the_same_time_end_with_one_secret(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: shared_secret(store, f"{n:040}", is_set=False), range(8)))
    assert len(set(found)) == 1


@pytest.mark.parametrize(("is_set", "words"), [(True, "SECRET differs"), (False, "SECRET is not set here")])
def test_another_secret_stops_the_start(store: Store, is_set: bool, words: str) -> None:
    assert shared_secret(store, FIRST, is_set=True) == FIRST
    with pytest.raises(BadStudy, match=words) as refused:
        shared_secret(store, SECOND, is_set)
    assert FIRST not in str(refused.value) and SECOND not in str(refused.value)
    assert "python -m study new-secret" in str(refused.value)


def test_a_new_secret_can_be_stated_after_the_old_one_was_forgotten(store: Store) -> None:
    assert not forget_secret(store)
    shared_secret(store, FIRST, is_set=True)
    assert forget_secret(store)
    assert shared_secret(store, SECOND, is_set=True) == SECOND


def test_a_secret_in_a_variable_is_not_stored(store: Store) -> None:
    shared_secret(store, FIRST, is_set=True)
    with store.reading() as tx:
        stored = tx.connection.exec_driver_sql("SELECT value FROM shared_value").scalars().all()
    assert stored and FIRST not in "".join(stored)
