"""Request the organizer's pages and files without permission, over HTTP against the running server."""

import asyncio
import hmac
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.guard.rules.policy import Rate
from demo.guard.rules.rates import Buckets
from demo.operations import Operations
from demo.organizer.access import SIGN_IN, SIGNED_IN_SECONDS, Organizer, OrganizerAccess
from demo.organizer.api import NOT_ORGANIZER
from demo.organizer.routes import SignInLimit
from demo.settings import BadSettings
from study.database.organizer_queries import change_study
from study.manage.results import set_access
from tests.support.loops import in_a_loop
from tests.support.operated import KEY, Operated, called, handler_on, handlers_of, operated
from tests.support.study_world import small_config

PROXIES: tuple[dict[str, str], ...] = (
    {},
    {"Via": "1.1 proxy"},
    {"CF-Connecting-IP": "127.0.0.1"},
    {"True-Client-IP": "127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "localhost"},
    {"X-Forwarded-Proto": "http"},
    {"Forwarded": "for=127.0.0.1;proto=https"},
)
FILES = ("report.html", "report.md", "report.json", "votes.csv")
VOTES = "/organizer/files/small/votes.csv"
SECRETS = ("Small study", "Enrolled", "/organizer/files")


@pytest.fixture
def stranger(server: Operated) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def forged(server: Operated) -> list[str]:
    """Return cookies that a stranger could try, and an expired one of the server."""
    access = OrganizerAccess({"organizer": KEY}, server.settings.key_for("organizer"))
    old = OrganizerAccess({"organizer": KEY}, access.secret, now=lambda: time.time() - SIGNED_IN_SECONDS - 60)
    other_key = OrganizerAccess({"organizer": "x" * 32}, access.secret)
    other_server = OrganizerAccess({"organizer": KEY}, "another secret")
    values = [
        each.new_cookie(Organizer("organizer"), False).split(";")[0].split("=")[1]
        for each in (old, other_key, other_server)
    ]
    later = f"{int(time.time()) + 3600}.{'0' * 32}"
    signature = hmac.digest(b"", later.encode(), "sha256").hex()
    values += ["", "1", "..", "nan.x.y", f"{later}.", f"{later}.{signature}", f"{values[0]}é", "9" * 4000]
    return [f"{access.cookie}={value}" for value in values]


@pytest.mark.parametrize("headers", PROXIES, ids=lambda headers: "+".join(headers) or "none")
def test_no_header_makes_an_organizer(stranger: httpx.Client, headers: dict[str, str]) -> None:
    ways = stranger.get("/organizer/signed-in", headers=headers).json()
    where = "The key is in the variable ORGANIZER_KEY, which was set where the server was started."
    assert ways == {
        "signed_in": False, "name": "", "key": True, "account": False, "where": where, "off": "",
    }  # fmt: skip
    page = stranger.get("/organizer", headers=headers).text
    assert not any(secret in page for secret in SECRETS)
    for file in FILES:
        answer = stranger.get(f"/organizer/files/small/{file}", headers=headers)
        assert answer.status_code == 403 and answer.json()["error"]["message"] == NOT_ORGANIZER


def test_forged_and_expired_cookies_are_refused(server: Operated, stranger: httpx.Client) -> None:
    for cookie in forged(server):
        headers = httpx.Headers({"Cookie": cookie}, encoding="utf-8")
        assert stranger.get(VOTES, headers=headers).status_code == 403, cookie
        assert stranger.get("/organizer/signed-in", headers=headers).json()["signed_in"] is False


def test_a_handler_without_a_cookie_adds_no_draft(
    server: Operated, stranger: httpx.Client, organizer: httpx.Client
) -> None:
    draft = handler_on(stranger, "draft")
    assert "Only the organizer" in str(called(stranger, draft, [None]))
    assert "two methods or more" in str(called(organizer, draft, [None]))
    assert not (server.settings.data_dir / "draft").exists()


def test_results_link_to_the_organizer_for_organizers_only(
    stranger: httpx.Client, organizer: httpx.Client
) -> None:
    (handler,) = handlers_of(stranger, "results")
    assert "/organizer#" not in str(called(stranger, handler, []))
    assert "/organizer#study/small/1/monitor" in str(called(organizer, handler, []))


def test_results_are_open_as_the_study_decides(
    server: Operated, stranger: httpx.Client, organizer: httpx.Client
) -> None:
    (handler,) = handlers_of(stranger, "results")
    assert "not open" in str(called(stranger, handler, []))
    set_access(server.store, "small", 1, "public", "anna")
    assert "No votes yet" in str(called(stranger, handler, []))
    set_access(server.store, "small", 1, "organizers", "anna")
    assert "not open" in str(called(stranger, handler, []))
    assert "No votes yet" in str(called(organizer, handler, []))


def test_organizers_read_counts_until_the_registration_plans_an_analysis(
    server: Operated, stranger: httpx.Client, organizer: httpx.Client
) -> None:
    def register(sha256: str) -> None:
        with server.store.transaction() as tx:
            config = small_config().to_json() if sha256 else ""
            change_study(tx, tx.study("small").id, config_sha256=sha256, config_json=config)

    (handler,) = handlers_of(stranger, "results")
    register("5" * 64)
    for file in (*FILES[:3], "methods.txt", "bundle.zip"):
        refused = organizer.get(f"/organizer/files/small/{file}")
        assert refused.status_code == 409 and "too early" in refused.json()["error"]["message"]
    assert organizer.get("/organizer/files/small/votes.csv").status_code == 200
    seen = str(called(organizer, handler, []))
    assert "No scores yet" in seen and "Completed" in seen and "No votes yet" not in seen
    assert "/organizer#study/small/1/monitor" in seen
    assert "not open" in str(called(stranger, handler, []))
    set_access(server.store, "small", 1, "public", "anna")
    assert "No votes yet" in str(called(organizer, handler, []))
    assert organizer.get("/organizer/files/small/report.html").status_code == 200
    set_access(server.store, "small", 1, "organizers", "anna")
    register("")


def test_an_organizer_downloads_files(organizer: httpx.Client) -> None:
    assert organizer.get("/organizer/signed-in").json()["name"] == "organizer"
    for file in FILES:
        answer = organizer.get(f"/organizer/files/small/{file}")
        assert answer.status_code == 200 and len(answer.content) > 20
        assert answer.headers["content-disposition"] == f'attachment; filename="small-{file}"'
        assert "no-store" in answer.headers["cache-control"]
    assert answer.text.startswith("participant,item,left,right")


@pytest.mark.parametrize("path", ["nowhere/votes.csv", "small/secret", "small/..%2Fsecret", "%22/votes.csv"])
def test_unknown_files_are_not_found(organizer: httpx.Client, path: str) -> None:
    assert organizer.get(f"/organizer/files/{path}").status_code == 404


def test_a_cookie_is_hidden_from_scripts_and_invalid_after_signing_out(server: Operated) -> None:
    with server.client() as browser:
        answer = browser.post("/organizer/sign-in", json={"key": KEY})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and KEY not in cookie
        copied = {"Cookie": cookie.split(";")[0]}
        assert browser.get(VOTES).status_code == 200
        # A form on another site can send no JSON.
        assert browser.post("/organizer/sign-out", data={}).status_code == 415
        assert browser.get(VOTES).status_code == 200
        assert browser.post("/organizer/sign-out", json={}).status_code == 200
        assert browser.get(VOTES).status_code == 403
    with server.client() as thief:
        assert thief.get(VOTES, headers=copied).status_code == 403


def test_each_key_has_a_name_and_a_removed_one_ends_the_sign_in() -> None:
    access = OrganizerAccess({"anna": "a" * 12, "ben": "b" * 12}, "s", frozenset({"eve"}))
    assert access.of_key("b" * 12) == Organizer("ben") and access.of_key("c" * 12) is None
    assert access.of_account("Eve") == Organizer("eve@huggingface") and access.of_account("anna") is None
    for name in ("anna", "ben", "eve@huggingface"):
        cookie = {"cookie": access.new_cookie(Organizer(name), False).split(";")[0]}
        assert access.organizer(cookie) == Organizer(name)
        other = OrganizerAccess({"anna": "c" * 12}, "s")
        assert other.organizer(cookie) is None


def test_a_space_without_variables_lets_nobody_in_and_states_what_to_set(tmp_path: Path) -> None:
    given = {"SPACE_ID": "a/b", "SPACE_HOST": "a-b.hf.space", "ORGANIZER_KEY": ""}
    with operated(tmp_path, True, **given) as server, server.client() as client:
        ways = client.get("/organizer/signed-in").json()
        assert (ways["key"], ways["account"]) == (False, False) and "ORGANIZER_KEY" in ways["off"]
        for key in ("", KEY, "None"):
            assert client.post("/organizer/sign-in", json={"key": key}).status_code == 403
        assert client.get(VOTES).status_code == 403
        assert client.get("/login/huggingface", follow_redirects=False).status_code == 404


def test_no_page_contains_the_key(organizer: httpx.Client) -> None:
    for path in ("/", "/organizer", "/results", "/config", SIGN_IN, f"{SIGN_IN}.js", "/gradio_api/info"):
        answer = organizer.get(path)
        assert answer.status_code == 200 and KEY not in answer.text, path
    assert organizer.get(SIGN_IN).headers["cache-control"] == "no-store"


def test_invalid_bodies_are_wrong_keys_and_wrong_keys_are_limited(tmp_path: Path) -> None:
    bodies = (
        b"",
        b"{",
        b"[]",
        b'{"key": 1}',
        b'{"key": "' + b"x" * 5000 + b'"}',
        b"\xff",
        b'{"key": "guess"}',
    )
    headers = {"Content-Type": "application/json"}
    with operated(tmp_path) as server, server.client() as client:
        guesses = [client.post("/organizer/sign-in", content=body, headers=headers) for body in bodies]
        assert [guess.status_code for guess in guesses] == [403] * 5 + [429] * 2
        assert 1 <= int(guesses[-1].headers["retry-after"]) <= 61
        assert "seconds" in guesses[-1].json()["error"]["message"]
        # The right key is refused too, so that guessing reveals nothing.
        assert client.post("/organizer/sign-in", json={"key": KEY}).status_code == 429


def test_simultaneous_wrong_keys_are_counted(tmp_path: Path) -> None:
    async def guess_at_once(url: str) -> list[int]:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            sent = [client.post("/organizer/sign-in", json={"key": str(n)}) for n in range(40)]
            return [answer.status_code for answer in await asyncio.gather(*sent)]

    with operated(tmp_path) as server:
        statuses = in_a_loop(guess_at_once(server.url))
    assert statuses.count(403) == 5 and statuses.count(429) == 35


def test_wrong_keys_are_limited_by_visitor_and_together() -> None:
    now = 100.0
    each, together = (Buckets(Rate(burst, 0.1), clock=lambda: now) for burst in (2, 3))
    limit = SignInLimit(each, together)
    for _ in range(2):
        limit.count_wrong_key("a")
    assert limit.wait("a") == 10 and limit.wait("b") == 0
    limit.count_wrong_key("b")
    assert limit.wait("c") > 0
    now = 110.0
    assert limit.wait("a") == limit.wait("c") == 0


def test_a_cookie_for_a_frame_of_another_site_allows_it() -> None:
    access = OrganizerAccess({"organizer": KEY}, "s", framed=True)
    assert access.new_cookie(Organizer("organizer"), False).endswith("; Secure; SameSite=None; Partitioned")
    assert access.expired_cookie(False).endswith("; Secure; SameSite=None; Partitioned")
    assert (
        OrganizerAccess({"organizer": KEY}, "s")
        .new_cookie(Organizer("organizer"), True)
        .endswith("; Secure; SameSite=Lax")
    )


@pytest.mark.parametrize(
    "given",
    [
        {"METRICS_TOKEN": "short"},
        {"METRICS_PORT": "0"},
        {"LOG_LEVEL": "loud"},
        {"LOG_FILE": "/dev/null/log"},
        {"FREE_MEGABYTES": "-1"},
    ],
)
def test_bad_settings_are_named(given: dict[str, str]) -> None:
    (name,) = given
    with pytest.raises(BadSettings, match=name):
        Operations.from_env(given)
