"""Test the measurements of docs/scale.md with few votes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import postgresql
from benchmarks.chromium import find_chromium
from benchmarks.scale import counts, egress, rates, rows, space
from study.counts.update import bring_up_to_date
from study.database.store import Store
from study.report.build import build_report
from tests.support.empty_databases import empty_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as found:
        yield found


def test_generated_votes_make_a_report_and_have_a_size(url: str, tmp_path: Path) -> None:
    folder = rows.study(tmp_path / "study", items=10)
    with closing(Store.open(url)) as store:
        assert space.fill(store, folder, 10_000) == 10_020 == space.votes_in(store)
        with store.reading() as tx:
            found = space.sizes(tx.connection)
        methods = build_report(store, rows.SLUG).ranking.methods
        assert space.vote(store, 2) == 60
        assert space.votes_in(store) == 10_080
    assert {one.table for one in found} == set(space.LARGE)
    assert 400 < sum(one.size for one in found) / 10_020 < 1200
    assert methods[0].key == "m0" and sum(one.comparisons for one in methods) == 2 * 10_020
    assert "| all |" in "\n".join(space.table(found, 10_020))


def test_a_dump_has_a_size(tmp_path: Path) -> None:
    with postgresql.server() as found:
        Store.open(found).close()
        assert space.dump(found, tmp_path / "dump")[0] > 1000


def test_counts_of_generated_people_equal_their_sum(url: str, tmp_path: Path) -> None:
    folder = rows.study(tmp_path / "study")
    with closing(Store.open(url)) as store:
        times, scores = counts.measure(store, folder, people=200, each=50, new=10)
        with store.reading() as tx:
            study = tx.study(rows.SLUG)
        found = bring_up_to_date(store, study)
        assert counts.equal(counts.recount(store, study.id), found)
    assert (scores.counts.votes, scores.counts.participants) == (10_300, 210)
    assert len(times) == 3 and all(one.row.count("|") == 4 for one in times)


def test_votes_a_second_with_and_without_http(tmp_path: Path) -> None:
    with postgresql.cluster(rates.LIKE_SERVERS) as server:
        home = tmp_path / "app0"
        home.mkdir()
        with closing(Store.open(server.url, home=home)) as store:
            rates.open_study(store, home)
            alone = rates.without_http(store, server, clients=2, seconds=1)
            with rates.apps(server.url, tmp_path, 1) as running:
                over_http = rates.over_http(store, server, running, clients=2, seconds=1)
            assert 0 < rates.enrolments(store, 2) < 60
            assert len(alone.times) + len(over_http.times) == space.votes_in(store)
    for one in (alone, over_http):
        assert len(one.times) > 2 and one.row.count("|") == 11
        assert one.after.app > one.before.app and one.after.log > one.before.log


def test_bytes_to_a_participant(tmp_path: Path) -> None:
    if find_chromium() is None:
        pytest.skip("Chromium is not installed")
    with ThreadPoolExecutor(1) as pool:  # another test may have left Playwright's loop in this thread
        found = pool.submit(egress.measure, tmp_path / "data").result()
    (_, first), (_, again) = found["first visit"], found["second visit"]
    assert 0 < again < first / 2
    session = found["session"]
    assert session.pairs > 5 and session.pictures > 100 * session.answers
    assert "immutable" in session.cache
