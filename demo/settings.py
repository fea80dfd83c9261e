"""Read all settings of the server from environment variables, once at the start."""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field

from demo.environment import (
    BadSettings,
    Count,
    EnvironmentSettings,
    Port,
    PositiveNumber,
    Space,
    kept_secret,
    read_settings,
)
from demo.guard.rules.policy import Policy
from demo.operations import Operations
from demo.organizer.sign_in_settings import OrganizerSettings

__all__ = ["BadSettings", "Settings"]


# In the home folder: the folder of the code may be read-only, and a mounted bucket is no place for SQLite.
SPACE_DATA = "harmonylab-data"


def _data_dir(given: Path) -> Path:
    """Return the absolute path of a folder that can be written; make it where it is missing."""
    folder = given.expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"cannot be used: {folder} cannot be made ({error.strerror}).") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"cannot be used: {folder} cannot be written. Please use another folder.")
    return folder


class ServerVariables(EnvironmentSettings):
    """Hold the variables of the server as they are set; "" where the default depends on other variables."""

    host: str = Field(default="", validation_alias=AliasChoices("HOST", "GRADIO_SERVER_NAME"))
    port: Port = Field(default=7860, validation_alias=AliasChoices("PORT", "GRADIO_SERVER_PORT"))
    data_dir: Annotated[Path, AfterValidator(_data_dir)] = Field(
        default=Path("data"), validation_alias="DATA_DIR", validate_default=True
    )
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    secret: str = Field(default="", validation_alias="SECRET")


class PictureLimits(EnvironmentSettings):
    """Hold the limits of processing a picture.

    memory_mb is the memory of one picture in megabytes (10**6 bytes); compare_seconds and
    compare_megapixels limit one method on the page Compare.
    """

    memory_mb: PositiveNumber = Field(default=2000, validation_alias="PICTURE_MEMORY_MB")
    compare_seconds: PositiveNumber = Field(default=120, validation_alias="COMPARE_SECONDS")
    compare_megapixels: PositiveNumber = Field(default=50, validation_alias="COMPARE_MEGAPIXELS")


def _folders(value: object) -> object:
    """Return the folders in a text with the separator of paths between them."""
    if not isinstance(value, str):
        return value
    return tuple(Path(part).expanduser().resolve() for part in value.split(os.pathsep) if part.strip())


class StudyFiles(EnvironmentSettings):
    """Hold where studies that are made in the browser may take files from.

    folders: of this server that organizers may read. megabytes: of all uploads of one study (2**20 bytes).
    """

    folders: Annotated[tuple[Path, ...], BeforeValidator(_folders)] = Field(
        default=(), validation_alias="STUDY_FOLDERS"
    )
    megabytes: Count = Field(default=8000, validation_alias="STUDY_MB")


class Backup(EnvironmentSettings):
    """Hold where votes are copied to, "" for nowhere. seconds: between two copies, 0 for the default."""

    url: str = Field(default="", validation_alias="BACKUP_URL")
    seconds: Annotated[float, Field(ge=0)] = Field(default=0, validation_alias="BACKUP_SECONDS")


class ArchiveSettings(EnvironmentSettings):
    """Hold where the whole database is copied to from time to time, "" for nowhere.

    hours: between two copies. keep: how many stay. encrypt_to: a public key of age or SSH, or a key of GnuPG.
    """

    url: str = Field(default="", validation_alias="ARCHIVE_URL")
    hours: PositiveNumber = Field(default=24, validation_alias="ARCHIVE_HOURS")
    keep: Count = Field(default=14, validation_alias="ARCHIVE_KEEP")
    encrypt_to: str = Field(default="", validation_alias="ARCHIVE_ENCRYPT_TO")


@dataclass(frozen=True)
class Settings:
    """Hold all settings of the server.

    `secret` is the key of every signature that the server makes. It is made once and kept in the data
    folder, so that the signed tokens of participants stay valid after a restart. secret_is_set: it is from
    the environment, and so the same on another disk.
    """

    host: str
    port: int
    data_dir: Path
    database_url: str
    secret: str
    secret_is_set: bool
    backup: Backup
    archive: ArchiveSettings
    space: Space
    pictures: PictureLimits
    operations: Operations
    study_files: StudyFiles
    organizers: OrganizerSettings
    guard: Policy

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read the variables of README.md, docs/operating.md and SECURITY.md. Raises BadSettings."""
        space = read_settings(Space, env)
        if space.id and not env.get("DATA_DIR"):
            env = {**env, "DATA_DIR": str(Path.home() / SPACE_DATA)}
        given = read_settings(ServerVariables, env)
        # A Space forwards visitors from outside the container; everywhere else the default is private.
        host = given.host or ("0.0.0.0" if space.id else "127.0.0.1")
        return cls(
            host=host,
            port=given.port,
            data_dir=given.data_dir,
            database_url=given.database_url or f"sqlite:///{given.data_dir / 'harmonylab.db'}",
            secret=given.secret or kept_secret(given.data_dir / "secret"),
            secret_is_set=bool(given.secret),
            backup=read_settings(Backup, env),
            archive=read_settings(ArchiveSettings, env),
            space=space,
            pictures=read_settings(PictureLimits, env),
            study_files=read_settings(StudyFiles, env),
            operations=Operations.from_env(env),
            organizers=OrganizerSettings.from_env(env, given.data_dir),
            guard=Policy.from_env(env, host),
        )

    @property
    def own_address(self) -> str:
        """Return the URL at which this machine reaches the server, with a slash at its end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    @property
    def never_served(self) -> list[Path]:
        """Return the files and folders whose content no response may contain."""
        names = ("secret", "organizer_key", "harmonylab.db", "studies", "draft", "builds", "workbench")
        database = [self.data_dir / f"harmonylab.db{end}" for end in ("-wal", "-shm", "-journal")]
        return [self.data_dir / name for name in names] + database

    @property
    def sessions_dir(self) -> Path:
        """Return the folder of the workbench: the documents and files of visitors."""
        return self.data_dir / "workbench"

    @property
    def cache_dir(self) -> Path:
        """Return the folder of files that can be made again: views, uploads, copies of stimuli."""
        return self.data_dir / "cache"

    @property
    def gradio_environment(self) -> dict[str, str]:
        """Return the variables that Gradio needs before its import: no usage reports, our upload folder."""
        return {
            "GRADIO_ANALYTICS_ENABLED": "False",
            "GRADIO_TEMP_DIR": str(self.cache_dir / "uploads"),
            # Where Matplotlib is installed, Gradio asks for its backend before every call. Without a name,
            # the first response takes more than a second, in which no vote is answered.
            "MPLBACKEND": "agg",
        }

    def key_for(self, purpose: str) -> str:
        """Return a key derived from `secret` by HMAC-SHA256, 64 hexadecimal digits, one for each purpose."""
        return hmac.digest(self.secret.encode(), purpose.encode(), "sha256").hex()
