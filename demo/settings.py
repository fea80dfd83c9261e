"""What the environment decides, read once at start."""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.environment import BadSettings, kept_secret, port_number, positive_number
from demo.guard.rules.policy import Policy
from demo.operations import Operations

__all__ = ["BadSettings", "Settings"]


@dataclass(frozen=True)
class Settings:
    """Where to serve and where to keep things.

    `secret` signs what leaves the server; it is made once and kept in the data folder, so that
    people who come back after a restart are still known.
    """

    host: str
    port: int
    data_dir: Path
    database_url: str
    secret: str
    compare_seconds: float
    compare_megapixels: float
    picture_memory_mb: float
    operations: Operations
    guard: Policy

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read the variables of README.md, docs/operating.md and SECURITY.md. Raises BadSettings."""
        data_dir = _data_dir(env.get("DATA_DIR") or "data")
        # A Space forwards visitors from outside the container; everywhere else the default is private.
        host = env.get("HOST") or ("0.0.0.0" if env.get("SPACE_ID") else "127.0.0.1")
        return cls(
            host=host,
            port=port_number("PORT", env.get("PORT") or "7860"),
            data_dir=data_dir,
            database_url=env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'harmonylab.db'}",
            secret=env.get("SECRET") or kept_secret(data_dir / "secret"),
            compare_seconds=positive_number(env, "COMPARE_SECONDS", 120),
            compare_megapixels=positive_number(env, "COMPARE_MEGAPIXELS", 50),
            picture_memory_mb=positive_number(env, "PICTURE_MEMORY_MB", 2000),
            operations=Operations.from_env(env, data_dir),
            guard=Policy.from_env(env, host),
        )

    @property
    def private(self) -> bool:
        """Whether only the person at this computer can open the pages."""
        return self.host in ("127.0.0.1", "localhost", "::1")

    @property
    def own_address(self) -> str:
        """Where this server reaches itself."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    @property
    def never_served(self) -> list[Path]:
        """Files and folders that no answer may have anything of."""
        names = ("secret", "organizer_key", "harmonylab.db", "studies", "draft")
        database = [self.data_dir / f"harmonylab.db{end}" for end in ("-wal", "-shm", "-journal")]
        return [self.data_dir / name for name in names] + database

    @property
    def cache_dir(self) -> Path:
        return self.data_dir / "cache"

    @property
    def gradio_environment(self) -> dict[str, str]:
        """Return variables to set before Gradio starts: nothing is reported, uploads stay in our folder."""
        return {
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_TEMP_DIR": str(self.cache_dir / "uploads"),
            # Where Matplotlib is installed, Gradio asks for its backend before every call. Without a name,
            # the first answer takes more than a second, in which no vote is answered.
            "MPLBACKEND": "agg",
        }

    def key_for(self, purpose: str) -> str:
        """A key of its own for every use, so that one shown to a browser tells nothing about the others."""
        return hmac.digest(self.secret.encode(), purpose.encode(), "sha256").hex()


def _data_dir(text: str) -> Path:
    folder = Path(text).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(f"DATA_DIR: cannot make the folder {folder} ({error.strerror}).") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadSettings(f"DATA_DIR: cannot write into {folder}. Please choose another folder.")
    return folder
