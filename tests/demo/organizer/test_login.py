"""Sign in with an account at a small OpenID Connect server, over HTTP, and try to sign in without one."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from study.manage.log import entries
from tests.support.openid import CLIENT, PASSWORD, OpenId, openid
from tests.support.operated import Operated, operated


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenId]:
    with openid() as service:
        yield service


@pytest.fixture(scope="module")
def server(provider: OpenId, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    given = {
        "ORGANIZER_KEY": "",
        "ORGANIZERS": "anna, Ben",
        "OAUTH_CLIENT_ID": CLIENT,
        "OAUTH_CLIENT_SECRET": PASSWORD,
        "OPENID_PROVIDER_URL": provider.url,
    }
    with operated(tmp_path_factory.mktemp("login"), True, **given) as server:
        yield server


@pytest.fixture
def browser(server: Operated, provider: OpenId) -> Iterator[httpx.Client]:
    provider.account, provider.claims, provider.signing_key = "Anna", {}, None
    with server.client() as client:
        client.follow_redirects = True
        yield client


def name_of(browser: httpx.Client) -> str:
    return str(browser.get("/organizer/signed-in").json()["name"])


def test_an_account_on_the_list_signs_in_and_out(server: Operated, browser: httpx.Client) -> None:
    ways = browser.get("/organizer/signed-in").json()
    assert ways == {"signed_in": False, "name": "", "key": False, "account": True, "where": "", "off": ""}
    answer = browser.get("/login/huggingface")
    assert answer.status_code == 200 and answer.url.path == "/organizer"
    assert name_of(browser) == "anna@huggingface"
    assert browser.get("/organizer/files/small/votes.csv").status_code == 200
    assert browser.post("/organizer/sign-out", json={}).status_code == 200
    assert name_of(browser) == ""
    newest = [(one.who, one.action) for one in entries(server.store, newest=2)]
    assert newest == [("anna@huggingface", "sign out"), ("anna@huggingface", "sign in")]


def test_other_accounts_are_refused(browser: httpx.Client, provider: OpenId) -> None:
    provider.account = "<b>Eve"
    answer = browser.get("/login/huggingface")
    assert answer.status_code == 403 and name_of(browser) == ""
    assert "&lt;b&gt;Eve is not an organizer here" in answer.text and "<b>" not in answer.text


WRONG_CLAIMS = (
    {"nonce": "another"},
    {"aud": "another-client"},
    {"iss": "https://elsewhere.example"},
    {"exp": 1},
    {"preferred_username": ""},
)


@pytest.mark.parametrize("claims", WRONG_CLAIMS, ids=str)
def test_wrong_tokens_are_refused(browser: httpx.Client, provider: OpenId, claims: dict[str, object]) -> None:
    provider.claims = claims
    answer = browser.get("/login/huggingface")
    assert answer.status_code == 403 and "cannot be used" in answer.text and name_of(browser) == ""


def test_a_token_with_another_signature_is_refused(browser: httpx.Client, provider: OpenId) -> None:
    provider.signing_key = rsa.generate_private_key(65537, 2048)
    assert browser.get("/login/huggingface").status_code == 403 and name_of(browser) == ""


def test_an_answer_counts_in_the_browser_that_asked_and_once(server: Operated, browser: httpx.Client) -> None:
    browser.follow_redirects = False
    asked = browser.get("/login/huggingface")
    assert asked.status_code == 303 and "SameSite=Lax" in asked.headers["set-cookie"]
    assert parse_qs(urlsplit(asked.headers["location"]).query)["code_challenge_method"] == ["S256"]
    back = browser.get(asked.headers["location"]).headers["location"]
    with server.client() as victim:
        assert victim.get(back).status_code == 403
        victim.get("/login/huggingface")  # an attempt of the victim's own does not fit this answer
        answer = victim.get(back)
        assert answer.status_code == 403 and "does not belong to this browser" in answer.text
        assert name_of(victim) == ""
    cookie = {"Cookie": asked.headers["set-cookie"].split(";")[0]}
    assert browser.get(back).status_code == 303 and name_of(browser) == "anna@huggingface"
    with server.client() as thief:
        assert thief.get(back, headers=cookie).status_code == 403


def test_the_login_needs_the_answer_of_the_server(browser: httpx.Client) -> None:
    browser.follow_redirects = False
    location = browser.get("/login/huggingface").headers["location"]
    state = parse_qs(urlsplit(location).query)["state"][0]
    denied = browser.get("/login/callback", params={"state": state, "error": "access_denied"})
    assert denied.status_code == 403 and "did not confirm" in denied.text
    wrong = browser.get("/login/callback", params={"state": state, "code": "made up"})
    assert wrong.status_code == 403 and name_of(browser) == ""
