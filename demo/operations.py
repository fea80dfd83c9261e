"""Read the settings of the people who run the server: logs, metrics, free disk space."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from demo.environment import EnvironmentSettings, Port, explained, hard_to_guess, read_settings

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
SHORTEST_TOKEN = 16


def _level(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lower() not in LEVELS:
        raise ValueError(f"is {value!r}: please use one of {', '.join(LEVELS)}.")
    return LEVELS[value.lower()]


def _log_file(given: Path) -> Path:
    """Return the absolute path of a file that can be written; make it for its owner alone."""
    path = given.expanduser().resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise ValueError(f"cannot be written: {path} ({error.strerror}). Please use another file.") from None
    return path


Megabytes = Annotated[int, Field(ge=0), explained("a whole number, such as 200")]


class Operations(EnvironmentSettings):
    """Hold the settings of operation.

    log_file is None for the terminal. metrics_token "" and metrics_port None turn `/metrics` off. With less
    free disk space than free_megabytes (2**20 bytes each), `/readyz` answers "not ready".
    """

    log_level: Annotated[int, BeforeValidator(_level)] = Field(
        default=logging.INFO, validation_alias="LOG_LEVEL"
    )
    log_file: Annotated[Path, AfterValidator(_log_file)] | None = Field(
        default=None, validation_alias="LOG_FILE"
    )
    metrics_token: Annotated[str, hard_to_guess(SHORTEST_TOKEN)] = Field(
        default="", validation_alias="METRICS_TOKEN"
    )
    metrics_port: Port | None = Field(default=None, validation_alias="METRICS_PORT")
    free_megabytes: Megabytes = Field(default=200, validation_alias="FREE_MEGABYTES")

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Operations":
        """Return the settings. Raises BadSettings."""
        return read_settings(cls, env)
