"""Read from the environment what whoever runs the server decides: who organizes, logs, metrics, disk."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.environment import BadSettings, kept_secret, port_number

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
SHORTEST_KEY = 12
SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Operations:
    """Settings of the people who run the server.

    organizer_key: opens the organizer's page. on_space: pages stand in a frame of another site, where a
    cookie has to say so; space_host is its address. log_file: None for the terminal. metrics_token,
    metrics_port: "" and None turn `/metrics` off. free_megabytes: with less free disk the server says that
    it is not ready.
    """

    organizer_key: str
    key_from_environment: bool = False
    on_space: bool = False
    space_host: str = ""
    log_level: int = logging.INFO
    log_file: Path | None = None
    metrics_token: str = ""
    metrics_port: int | None = None
    free_megabytes: int = 200

    @classmethod
    def from_env(cls, env: Mapping[str, str], data_dir: Path) -> "Operations":
        """Read ORGANIZER_KEY, LOG_LEVEL, LOG_FILE, METRICS_TOKEN, METRICS_PORT and FREE_MEGABYTES.

        Raises BadSettings.
        """
        port = env.get("METRICS_PORT")
        return cls(
            organizer_key=_long_enough(env, "ORGANIZER_KEY", SHORTEST_KEY)
            or kept_secret(data_dir / "organizer_key"),
            key_from_environment=bool(env.get("ORGANIZER_KEY")),
            on_space=bool(env.get("SPACE_ID")),
            space_host=env.get("SPACE_HOST", ""),
            log_level=_level(env.get("LOG_LEVEL") or "info"),
            log_file=_log_file(env.get("LOG_FILE")),
            metrics_token=_long_enough(env, "METRICS_TOKEN", SHORTEST_TOKEN),
            metrics_port=port_number("METRICS_PORT", port) if port else None,
            free_megabytes=_megabytes(env.get("FREE_MEGABYTES") or "200"),
        )


def _long_enough(env: Mapping[str, str], name: str, shortest: int) -> str:
    """Return what opens a door: "" where it is not set, and never something easy to guess."""
    text = env.get(name, "")
    if text and (len(text) < shortest or not text.isascii() or not text.isprintable()):
        raise BadSettings(f"{name} is too easy to guess: please use {shortest} letters and digits or more.")
    return text


def _level(text: str) -> int:
    if text.lower() not in LEVELS:
        raise BadSettings(f"LOG_LEVEL is {text!r}: please use one of {', '.join(LEVELS)}.")
    return LEVELS[text.lower()]


def _log_file(text: str | None) -> Path | None:
    if not text:
        return None
    path = Path(text).expanduser().resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise BadSettings(f"LOG_FILE: cannot write {path} ({error.strerror}).") from error
    return path


def _megabytes(text: str) -> int:
    if not text.isdecimal():
        raise BadSettings(f"FREE_MEGABYTES is {text!r}: please use a whole number, such as 200.")
    return int(text)
