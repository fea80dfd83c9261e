"""Check the files of deploy/: they name settings, files and versions that exist."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydantic import AliasChoices

import demo.settings  # noqa: F401 - defines the settings that the test collects
from benchmarks.caddy import caddy
from demo.environment import EnvironmentSettings
from scripts.make_space import CPU_TORCH, POSTGRESQL
from study.__main__ import _parser
from tests.support.http_server import serving
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
# Variables of other programs, of make, and of the process itself.
OTHERS = {"DOMAIN", "UPSTREAM", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "HF_TOKEN"}
OTHERS |= {
    "HOME",
    "PYTHONUNBUFFERED",
    "OUT",
    "HARDWARE",
    "NAME",
    "LICENSE_MODEL",
    "COOKIE_SECRET",
    "REGISTRY",
    "HEAD",
    "RAY_ADDRESS",
    "RAY_USAGE_STATS_ENABLED",
    "HARMONY_METHODS",
}


def known_variables() -> Iterator[str]:
    """Yield the name of every environment variable that the server reads."""
    kinds = list(EnvironmentSettings.__subclasses__())
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
        for field in kind.model_fields.values():
            alias = field.validation_alias
            if isinstance(alias, AliasChoices):
                yield from map(str, alias.choices)
            elif alias is not None:
                yield str(alias)


@pytest.mark.parametrize(
    "name",
    ["docs/deploy.md", "deploy/compose.yaml", "deploy/Containerfile", "deploy/harmonylab.service",
     "deploy/space/README.md", "deploy/compose.replicas.yaml", "deploy/kubernetes.yaml",
     "deploy/harmonylab@.service"],
)  # fmt: skip
def test_every_variable_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assigned = re.findall(r"(?<![\w$])([A-Z][A-Z_]{3,})\s?[=:](?!:)", text)
    named = re.findall(r"`([A-Z][A-Z_]{3,})`", text)
    assert set(assigned + named) - OTHERS <= set(known_variables())


def test_the_container_copies_what_exists_and_the_whole_program() -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]}
    assert all((ROOT / name).exists() for name in copied)
    assert copied >= {"app.py", "demo", "model", "study", "requirements.txt"}


def test_the_container_and_the_space_install_the_same() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    index, torch = CPU_TORCH.splitlines()
    assert f"{index} {torch}" in text and POSTGRESQL in text


@pytest.mark.parametrize(
    ("name", "apps"), [("compose.yaml", ["app"]), ("compose.replicas.yaml", ["app1", "app2", "backup"])]
)
def test_the_proxy_is_trusted_by_its_network(name: str, apps: list[str]) -> None:
    services = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
    (network,) = services["networks"]["lab"]["ipam"]["config"]
    for app in apps:
        assert services["services"][app]["environment"]["TRUSTED_PROXIES"] == network["subnet"]
        assert "ports" not in services["services"][app]  # reached through the proxy only
    volumes = {
        use.partition(":")[0] for each in services["services"].values() for use in each.get("volumes", ())
    }
    assert volumes - {"./Caddyfile"} == set(services["volumes"])


def test_servers_of_one_database_have_data_folders_of_their_own() -> None:
    services = yaml.safe_load((DEPLOY / "compose.replicas.yaml").read_text(encoding="utf-8"))["services"]
    one, two = services["app1"], services["app2"]
    assert one["environment"] == two["environment"]
    assert set(one["volumes"]) & set(two["volumes"]) == {"pictures:/pictures"}
    assert services["caddy"]["environment"]["UPSTREAM"].split() == ["app1:7860", "app2:7860"]


def test_the_backup_of_the_containers_is_a_command_that_exists() -> None:
    services = yaml.safe_load((DEPLOY / "compose.replicas.yaml").read_text(encoding="utf-8"))["services"]
    script = services["backup"]["command"][2]
    job = next(each for each in kubernetes() if each["kind"] == "CronJob")
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    for words in (script.split("while ")[1].split(";")[0].split(), pod["containers"][0]["command"]):
        assert words[:3] == ["python", "-m", "study"]
        given = _parser().parse_args(words[3:])
        assert (given.run.__name__, given.keep) == ("backup", 14)


def kubernetes() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")))


def test_kubernetes_sends_requests_to_servers_that_are_ready() -> None:
    found = {each["kind"]: each for each in kubernetes()}
    deployment = found["Deployment"]["spec"]
    (app,) = deployment["template"]["spec"]["containers"]
    probes = [app[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")]
    assert [probe["path"] for probe in probes] == ["/healthz", "/healthz", "/readyz"]
    (port,) = app["ports"]
    (service,) = found["Service"]["spec"]["ports"]
    assert {probe["port"] for probe in probes} | {service["targetPort"]} == {port["containerPort"]}
    assert (
        found["Service"]["spec"]["selector"].items() <= deployment["template"]["metadata"]["labels"].items()
    )


class Upstream(BaseHTTPRequestHandler):
    """Answer every request with the port of the server, and "ready" for its health."""

    def do_GET(self) -> None:
        text = str(self.connection.getsockname()[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def test_caddy_spreads_votes_and_keeps_browsers_on_one_server(tmp_path: Path) -> None:
    with serving(Upstream) as one, serving(Upstream) as two, caddy(tmp_path, one, two) as port:
        address = f"http://127.0.0.1:{port}"
        votes = {httpx.get(f"{address}/api/study/s/next").text for _ in range(40)}
        assert votes == {str(one), str(two)}
        for _ in range(5):
            with httpx.Client(base_url=address) as browser:
                assert len({browser.get("/").text for _ in range(10)}) == 1


def test_caddy_goes_on_with_the_other_server(tmp_path: Path) -> None:
    with serving(Upstream) as one, ExitStack() as stopping, ExitStack() as second:
        two = second.enter_context(serving(Upstream))
        address = f"http://127.0.0.1:{stopping.enter_context(caddy(tmp_path, one, two))}"
        with ExitStack() as open_ones:
            browsers = [open_ones.enter_context(httpx.Client(base_url=address, timeout=30)) for _ in range(8)]
            before = {browser.get("/").text for browser in browsers}
            assert before == {str(one), str(two)}
            second.close()
            for path in ("/", "/api/study/s/next"):
                assert {browser.get(path).text for browser in browsers} == {str(one)}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize(("name", "unit"), [("harmonylab", "harmonylab"), ("harmonylab@", "harmonylab@7861")])
def test_the_service_is_understood_by_systemd(name: str, unit: str, tmp_path: Path) -> None:
    text = (DEPLOY / f"{name}.service").read_text(encoding="utf-8")
    file = tmp_path / f"{unit}.service"
    file.write_text(text.replace("/opt/harmonylab/.venv/bin/python", "/bin/true"))
    found = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True)
    assert f"{unit}.service:" not in found.stderr, found.stderr
