"""Read settings from environment variables, and keep secrets in files."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

SHORTEST_SECRET = 32
S = TypeVar("S", bound="EnvironmentSettings")


class BadSettings(ValueError):
    """Report a setting that cannot be used; the message names the variable and states what to write."""


def explained(wanted: str) -> WrapValidator:
    """Return a validator that replaces pydantic's message for a wrong value by "please use `wanted`"."""

    def check(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(value)
        except ValidationError:
            raise ValueError(f"is {value!r}: please use {wanted}.") from None

    return WrapValidator(check)


Port = Annotated[int, Field(ge=1, le=65535), explained("a number from 1 to 65535")]
PositiveNumber = Annotated[float, Field(gt=0, allow_inf_nan=False), explained("a number above 0")]
Count = Annotated[int, Field(gt=0), explained("a whole number above 0")]


def hard_to_guess(shortest: int) -> AfterValidator:
    """Return a validator of keys and tokens; its message never quotes them."""

    def check(text: str) -> str:
        if len(text) < shortest or not text.isascii() or not text.isprintable():
            raise ValueError(f"is too easy to guess: please use {shortest} letters and digits or more.")
        return text

    return AfterValidator(check)


class EnvironmentSettings(BaseSettings):
    """Hold the settings of one concern, frozen; `validation_alias` of a field is the variable's name.

    `read_settings` reads the environment. The constructor does not: it takes values by the names of the
    fields. The validator of a field raises ValueError with the end of a sentence that starts with the
    variable's name, such as "is 'x': please use a number above 0."
    """

    model_config = SettingsConfigDict(
        frozen=True,
        case_sensitive=True,
        populate_by_name=True,
        validate_default=False,
        enable_decoding=False,  # every value is text; validators read it
        extra="forbid",
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature of pydantic-settings
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use the values of the constructor alone."""
        return (init_settings,)


def read_settings(kind: type[S], env: Mapping[str, str]) -> S:
    """Return the settings that the variables give; an empty variable counts as not set.

    Raises BadSettings that names the first variable with a wrong value.
    """
    source = EnvSettingsSource(kind)
    source.env_vars = {name: text for name, text in env.items() if text}
    try:
        return kind(**source())
    except ValidationError as error:
        first = error.errors()[0]
        reason = first.get("ctx", {}).get("error", first["msg"])
    raise BadSettings(f"{_variable(kind, str(first['loc'][0]), source.env_vars)} {reason}")


def _variable(kind: type[EnvironmentSettings], name: str, env: Mapping[str, str | None]) -> str:
    """Return the variable that was set, where a field can be set by several, the first of which is `name`."""
    for field in kind.model_fields.values():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices) and name in alias.choices:
            return next((str(choice) for choice in alias.choices if choice in env), name)
    return name


class Space(EnvironmentSettings):
    """Hold the identity of the Hugging Face Space that the server runs in; both are "" elsewhere."""

    id: str = Field(default="", validation_alias="SPACE_ID")
    host: str = Field(default="", validation_alias="SPACE_HOST")


def kept_secret(path: Path) -> str:
    """Return the secret in a file, which is made where it is missing.

    Two servers that start at the same time end with the same secret. Raises BadSettings where the file has
    fewer than 32 characters.
    """
    # A hard link appears whole or not at all, and never replaces a secret that is in use.
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    secret = path.read_text(encoding="ascii").strip()
    if len(secret) < SHORTEST_SECRET:
        raise BadSettings(
            f"The secret in {path} is too short: please delete the file; the server makes a new one."
        )
    return secret
