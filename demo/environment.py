"""Read values of the environment, and make secrets that are kept in a file."""

import math
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

SHORTEST_SECRET = 32


class BadSettings(ValueError):
    """The environment asks for something we cannot do; the message says which variable to change."""


def port_number(name: str, text: str) -> int:
    """Return a port. Raises BadSettings that names the variable."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise BadSettings(f"{name} is {text!r}: please use a number from 1 to 65535.")
    return int(text)


def positive_number(env: Mapping[str, str], name: str, usual: float) -> float:
    """Return a number above 0. Raises BadSettings that names the variable."""
    text = env.get(name) or str(usual)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise BadSettings(f"{name} is {text!r}: please use a number above 0.")
    return number


def kept_secret(path: Path) -> str:
    """Read the secret, or make it. Two servers starting together end with the same one."""
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
        raise BadSettings(f"The secret in {path} is too short: please delete the file, a new one is made.")
    return secret
