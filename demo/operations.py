"""Read the settings of the people who run the server: the organizer's key, logs, metrics, free disk space."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from demo.environment import EnvironmentSettings, Port, explained, kept_secret, read_settings

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
SHORTEST_KEY = 12
SHORTEST_TOKEN = 16


def _hard_to_guess(shortest: int) -> AfterValidator:
    """Return a validator of keys and tokens; its message never quotes them."""

    def check(text: str) -> str:
        if len(text) < shortest or not text.isascii() or not text.isprintable():
            raise ValueError(f"is too easy to guess: please use {shortest} letters and digits or more.")
        return text

    return AfterValidator(check)


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

    organizer_key opens the organizer's page; "" where the variable is not set and no data folder is known.
    log_file is None for the terminal. metrics_token "" and metrics_port None turn `/metrics` off. With less
    free disk space than free_megabytes (2**20 bytes each), `/readyz` answers "not ready".
    """

    organizer_key: Annotated[str, _hard_to_guess(SHORTEST_KEY)] = Field(
        default="", validation_alias="ORGANIZER_KEY"
    )
    key_from_environment: bool = False
    log_level: Annotated[int, BeforeValidator(_level)] = Field(
        default=logging.INFO, validation_alias="LOG_LEVEL"
    )
    log_file: Annotated[Path, AfterValidator(_log_file)] | None = Field(
        default=None, validation_alias="LOG_FILE"
    )
    metrics_token: Annotated[str, _hard_to_guess(SHORTEST_TOKEN)] = Field(
        default="", validation_alias="METRICS_TOKEN"
    )
    metrics_port: Port | None = Field(default=None, validation_alias="METRICS_PORT")
    free_megabytes: Megabytes = Field(default=200, validation_alias="FREE_MEGABYTES")

    @classmethod
    def from_env(cls, env: Mapping[str, str], data_dir: Path) -> "Operations":
        """Return the settings; a key that is not set is kept in the data folder. Raises BadSettings."""
        given = read_settings(cls, env)
        if given.organizer_key:
            return given.model_copy(update={"key_from_environment": True})
        return given.model_copy(update={"organizer_key": kept_secret(data_dir / "organizer_key")})
