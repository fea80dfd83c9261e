"""Check the files of deploy/: they name settings, files and versions that exist."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import AliasChoices

import demo.settings  # noqa: F401 - defines the settings that the test collects
from demo.environment import EnvironmentSettings
from scripts.make_space import CPU_TORCH, POSTGRESQL
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
# Variables of other programs, of make, and of the process itself.
OTHERS = {"DOMAIN", "UPSTREAM", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "HF_TOKEN"}
OTHERS |= {"HOME", "PYTHONUNBUFFERED", "OUT", "HARDWARE", "NAME", "LICENSE_MODEL"}


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
     "deploy/space/README.md"],
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


def test_the_proxy_is_trusted_by_its_network() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    (network,) = services["networks"]["lab"]["ipam"]["config"]
    assert services["services"]["app"]["environment"]["TRUSTED_PROXIES"] == network["subnet"]
    assert "ports" not in services["services"]["app"]  # reached through the proxy only


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_service_is_understood_by_systemd(tmp_path: Path) -> None:
    unit = (DEPLOY / "harmonylab.service").read_text(encoding="utf-8")
    (tmp_path / "harmonylab.service").write_text(
        unit.replace("/opt/harmonylab/.venv/bin/python", "/bin/true")
    )
    command = ["systemd-analyze", "verify", str(tmp_path / "harmonylab.service")]
    found = subprocess.run(command, capture_output=True, text=True)
    assert "harmonylab.service:" not in found.stderr, found.stderr
