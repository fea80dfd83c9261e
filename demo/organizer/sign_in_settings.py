"""Read from environment variables who may sign in as an organizer, and how."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from demo.environment import EnvironmentSettings, Space, hard_to_guess, kept_secret, read_settings

SHORTEST_KEY = 12
OWNER = "organizer"  # the name that the log shows for the key in ORGANIZER_KEY
KEYS_WANTED = "please write it like anna:KEY,ben:KEY, with names of small letters, digits, - and _."
OFF = (
    "Nobody can sign in as an organizer of studies on this Space yet. Its owner can set the secret "
    "ORGANIZER_KEY in the settings of the Space, or write hf_oauth: true in its README.md and set the "
    "variable ORGANIZERS to the names of Hugging Face accounts."
)
PRINTED = "The terminal in which the server was started shows the address for signing in."
ON_SPACE = "The key is the secret {name} in the settings of this Space. Hugging Face does not show it again."
IN_VARIABLE = "The key is in the variable {name}, which was set where the server was started."
Key = Annotated[str, hard_to_guess(SHORTEST_KEY)]


def _keys(value: object) -> object:
    """Return the keys by name that a text such as `anna:KEY,ben:KEY` states; messages never quote it."""
    if not isinstance(value, str):
        return value
    keys: dict[str, str] = {}
    for part in filter(None, map(str.strip, value.split(","))):
        name, _, key = part.partition(":")
        plain = name.replace("-", "").replace("_", "")
        if not (plain.isascii() and plain.isalnum() and name.islower()) or name in (*keys, OWNER):
            raise ValueError(f"has a name that cannot be used, or one twice: {KEYS_WANTED}")
        keys[name] = key
    if len(set(keys.values())) < len(keys):
        raise ValueError("has one key for two names: please use another key for each.")
    return keys


def _accounts(value: object) -> object:
    if not isinstance(value, str):
        return value
    return frozenset(name.strip().lower() for name in value.split(",") if name.strip())


def _provider(address: str) -> str:
    if not address.startswith(("https://", "http://127.0.0.1:")):
        raise ValueError(f"is {address!r}: please use an address that starts with https://.")
    return address.rstrip("/")


class OrganizerSettings(EnvironmentSettings):
    """Hold who may sign in: keys by name, and Hugging Face accounts in small letters.

    made_key: the key that the server made, where no variable states who may sign in; "" otherwise.
    provider: address of the OpenID Connect server; a Space has its variables where its README.md has
    `hf_oauth: true`. redirect_host: host name that the provider sends browsers back to, "" for the one of the
    request.
    """

    key: Key = Field(default="", validation_alias="ORGANIZER_KEY")
    named_keys: Annotated[dict[str, Key], BeforeValidator(_keys)] = Field(
        default={}, validation_alias="ORGANIZER_KEYS"
    )
    listed: Annotated[frozenset[str], BeforeValidator(_accounts)] = Field(
        default=frozenset(), validation_alias="ORGANIZERS"
    )
    client_id: str = Field(default="", validation_alias="OAUTH_CLIENT_ID")
    client_secret: str = Field(default="", validation_alias="OAUTH_CLIENT_SECRET")
    provider: Annotated[str, AfterValidator(_provider)] = Field(
        default="https://huggingface.co", validation_alias="OPENID_PROVIDER_URL"
    )
    made_key: str = ""
    redirect_host: str = ""
    on_space: bool = False

    @classmethod
    def from_env(cls, env: Mapping[str, str], data_dir: Path) -> "OrganizerSettings":
        """Return the settings. Raises BadSettings.

        Where no variable states who may sign in, a key is made and kept in the data folder; not on a Space,
        where nobody sees the terminal and a restart may delete the folder.
        """
        given, space = read_settings(cls, env), read_settings(Space, env)
        host = space.host.partition(",")[0].strip()  # a Space with a domain of its own lists both
        given = given.model_copy(update={"redirect_host": host, "on_space": bool(space.id)})
        if space.id or given.key or given.named_keys or given.accounts:
            return given
        return given.model_copy(update={"made_key": kept_secret(data_dir / "organizer_key")})

    @property
    def keys(self) -> dict[str, str]:
        """Return the keys by the names of the organizers."""
        key = self.key or self.made_key
        return {**({OWNER: key} if key else {}), **self.named_keys}

    @property
    def where(self) -> str:
        """Return where people find the key, "" where none can be used."""
        if self.made_key or not self.keys:
            return PRINTED if self.made_key else ""
        name = "ORGANIZER_KEY" if self.key else "ORGANIZER_KEYS"
        return (ON_SPACE if self.on_space else IN_VARIABLE).format(name=name)

    @property
    def accounts(self) -> frozenset[str]:
        """Return the accounts that may sign in, none where the server has no Hugging Face login."""
        return self.listed if self.client_id and self.client_secret else frozenset()

    @property
    def off(self) -> str:
        """Return why nobody can sign in, and what to set; "" where somebody can."""
        return "" if self.keys or self.accounts else OFF
