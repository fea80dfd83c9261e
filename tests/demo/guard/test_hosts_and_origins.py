"""Check which host names the server responds to, which sites may use it, and its security headers."""

import ipaddress
from typing import Any

import pytest

from demo.environment import BadSettings
from demo.guard.origins import same_host
from demo.guard.rules.addresses import address_group, identify_client, last_untrusted
from demo.guard.rules.policy import Policy
from demo.settings import Settings
from tests.demo.guard.conftest import Target

PAGES = ("/", "/compare", "/study", "/results", "/organizer")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:99", "[::1]:7860", "LOCALHOST.", "[::1]"])
def test_names_of_this_machine_are_allowed(attacked: Target, host: str) -> None:
    assert attacked.client.get("/config", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.org", "127.0.0.1.evil.org", "localhost.evil.org", "", "a@localhost", "[::1", "192.0.2.7", "x:y"],
)
def test_other_names_are_refused(attacked: Target, host: str) -> None:
    for path in (*PAGES, "/config", "/gradio_api/info", "/organizer/x", "/api/study/x"):
        answer = attacked.client.get(path, headers={"host": host})
        assert answer.status_code == 421, path
    assert attacked.client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("environment", "host", "yes", "no"),
    [
        ({}, "127.0.0.1", "localhost:1", "192.0.2.7"),
        ({}, "192.0.2.7", "192.0.2.7:7860", "192.0.2.8"),
        ({}, "0.0.0.0", "192.0.2.7:7860", "evil.org"),
        ({}, "::", "[2001:db8::1]:80", "evil.org"),
        ({"ALLOWED_HOSTS": "lab.example.org, *.example.net"}, "0.0.0.0", "a.example.net", "example.net"),
        ({"ALLOWED_HOSTS": "lab.example.org"}, "0.0.0.0", "LAB.example.org.", "192.0.2.7"),
        ({"ALLOWED_HOSTS": "[2001:db8::1]"}, "::", "[2001:db8::1]:80", "[2001:db8::2]"),
        ({"ALLOWED_HOSTS": "*"}, "0.0.0.0", "evil.org", ""),
        ({"SPACE_ID": "a/b", "SPACE_HOST": "a-b.hf.space"}, "0.0.0.0", "a-b.hf.space", "evil.org"),
    ],
)
def test_names_come_from_the_environment(environment: dict[str, str], host: str, yes: str, no: str) -> None:
    hosts = Policy.from_env(environment, host).hosts
    assert hosts.allow(yes) and hosts.allow("localhost:7860")
    assert not hosts.allow(no) or hosts.everything


@pytest.mark.parametrize(
    "variables",
    [
        {"ALLOWED_ORIGINS": "example.org"},
        {"TRUSTED_PROXIES": "proxy"},
        {"FRAME_ANCESTORS": "'self'; script-src *"},
        {"RATE_CALLS": "many"},
        {"UPLOAD_MB": "-1"},
        {"CONNECTIONS": "x"},
    ],
)
def test_a_variable_that_cannot_be_used_is_named(variables: dict[str, str], tmp_path: Any) -> None:
    with pytest.raises(BadSettings, match=next(iter(variables))):
        Policy.from_env(variables, "127.0.0.1")
    with pytest.raises(BadSettings, match=next(iter(variables))):
        Settings.from_env({"DATA_DIR": str(tmp_path), **variables})


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.org"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_cannot_call(attacked: Target, headers: dict[str, str]) -> None:
    for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/api/study/x/enrol", "/organizer/sign-in"):
        assert attacked.client.post(path, headers=headers, json={}).status_code == 403, path


def test_no_response_allows_another_site_to_read_it(attacked: Target) -> None:
    foreign = {"origin": "https://evil.org"}
    for path in (*PAGES, "/config", "/gradio_api/info", "/healthz", "/media/x", "/theme.css"):
        answer = attacked.client.get(path, headers=foreign)
        assert not [name for name in answer.headers if name.startswith("access-control-")], path
    asked = {**foreign, "access-control-request-method": "POST"}
    answer = attacked.client.options("/gradio_api/queue/join", headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_our_own_pages_and_programs_can_call(attacked: Target) -> None:
    for headers in ({"origin": attacked.url, "sec-fetch-site": "same-origin"}, {}):
        answer = attacked.client.post("/gradio_api/queue/join", headers=headers, json={})
        assert answer.status_code == 400  # it is read, and has no data


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("https://lab.example.org", "lab.example.org", True),
        ("https://lab.example.org", "lab.example.org:443", True),
        ("http://lab.example.org:8080", "lab.example.org:8080", True),
        ("http://lab.example.org", "lab.example.org:8080", False),
        ("https://lab.example.org.evil.org", "lab.example.org", False),
        ("http://[::1]:80", "[::1]", True),
        ("file://", "", False),
        ("http://[", "x", False),
    ],
)
def test_an_origin_is_compared_with_its_port(origin: str, host: str, same: bool) -> None:
    assert same_host(origin, host) is same


def test_every_response_has_the_headers(attacked: Target) -> None:
    for path in (*PAGES, "/config", "/theme.css", "/healthz", "/nothing", "/media/nothing", "/view/nothing"):
        headers = attacked.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers and "permissions-policy" in headers
        policy = headers["content-security-policy"]
        assert (
            "sandbox" in policy
            if path.startswith(("/media", "/view"))
            else "frame-ancestors 'self'" in policy
        )
    page = attacked.client.get("/study").headers
    assert page["x-frame-options"] == "SAMEORIGIN" and page["cross-origin-opener-policy"] == "same-origin"
    assert page["cache-control"] == "no-store"


def test_a_space_may_be_framed_by_hugging_face() -> None:
    ancestors = Policy.from_env({"SPACE_ID": "a/b"}, "0.0.0.0").frame_ancestors
    assert "https://huggingface.co" in ancestors and "https://*.hf.space" in ancestors


PROXY = (ipaddress.ip_network("10.0.0.0/8"),)
FORWARDED = {
    b"host": b"inside:7860",
    b"x-forwarded-for": b"6.6.6.6, 192.0.2.1, 10.0.0.9",
    b"x-forwarded-proto": b"https",
    b"x-forwarded-host": b"lab.example.org",
}


def test_forwarded_headers_count_from_a_trusted_proxy_alone() -> None:
    found = identify_client("10.0.0.1", "http", FORWARDED, PROXY)
    assert (found.address, found.host, found.scheme) == ("192.0.2.1", "lab.example.org", "https")
    for client, proxies in (("192.0.2.5", PROXY), ("10.0.0.1", ())):
        found = identify_client(client, "http", FORWARDED, proxies)
        assert (found.address, found.host, found.scheme) == (client, "inside:7860", "http")


def test_addresses_before_an_invalid_hop_are_ignored() -> None:
    assert last_untrusted(["6.6.6.6", "nonsense", "10.0.0.1"], PROXY) == ""
    assert last_untrusted(["[2001:db8::1]:80", "10.0.0.1:5"], PROXY) == "2001:db8::1"


def test_one_ipv6_network_is_one_visitor() -> None:
    assert (
        address_group("2001:db8:1:2:3::4")
        == address_group("2001:db8:1:2:9::9")
        != address_group("2001:db8:1:3::4")
    )
    assert address_group("::ffff:192.0.2.1") == "192.0.2.1" == address_group("192.0.2.1")


def test_gradio_does_not_receive_forwarded_headers_of_a_client(attacked: Target) -> None:
    forged = {
        "x-forwarded-host": "evil.org",
        "x-forwarded-proto": "https",
        "x-gradio-server": "http://evil.org",
    }
    assert "evil.org" not in attacked.client.get("/config", headers=forged).text
    assert "https://127" not in attacked.client.get("/config", headers=forged).text
