"""Encrypt copies for a recipient with age or GnuPG; this machine cannot read them without the key."""

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from study.durability.remote import Remote, RemoteFault
from study.records import BadStudy

AGE, GPG = ".age", ".gpg"  # ends of the names of encrypted files
NOT_INSTALLED = "The copy needs the program {program}, which is not installed here."
NO_IDENTITY = "The copy is encrypted with age. Please add --identity with the file of the key."


@dataclass(frozen=True)
class Cipher:
    """Hold how files are encrypted and decrypted: the commands, and the end of their names."""

    ending: str
    encrypt: tuple[str, ...] = ()
    decrypt: tuple[str, ...] = ()

    @classmethod
    def to(cls, recipient: str) -> "Cipher":
        """Encrypt for a public key of age (age1…) or of SSH, else for a key of GnuPG."""
        if recipient.startswith(("age1", "ssh-")):
            return cls(AGE, encrypt=("age", "--recipient", recipient))
        command = (
            "gpg",
            "--batch",
            "--quiet",
            "--trust-model",
            "always",
            "--recipient",
            recipient,
            "--encrypt",
        )
        return cls(GPG, encrypt=command)

    @classmethod
    def of(cls, ending: str, identity: str) -> "Cipher":
        """Decrypt files with this ending; identity: a file with a key of age. Raises BadStudy without one."""
        if ending == GPG:
            return cls(GPG, decrypt=("gpg", "--batch", "--quiet", "--decrypt"))
        if not identity:
            raise BadStudy(NO_IDENTITY)
        return cls(AGE, decrypt=("age", "--decrypt", "--identity", identity))


class EncryptedRemote(Remote):
    """Hold an address whose files are encrypted. Names are those of the plain files."""

    def __init__(self, address: str, cipher: Cipher) -> None:
        super().__init__(address)
        self._cipher = cipher

    def names(self, folder: str) -> list[str]:
        """Return the names of the encrypted files in a folder."""
        ending = self._cipher.ending
        return [name.removesuffix(ending) for name in super().names(folder) if name.endswith(ending)]

    def read(self, name: str) -> bytes | None:
        """Return the decrypted content, None without the file. Raises RemoteFault without the key."""
        content = super().read(name + self._cipher.ending)
        return None if content is None else _run(self._cipher.decrypt, content)

    def write(self, name: str, content: bytes) -> None:
        """Write a file encrypted."""
        super().write(name + self._cipher.ending, _run(self._cipher.encrypt, content))

    def write_checked(self, name: str, content: bytes) -> None:
        """Write a file encrypted, and compare the encrypted content."""
        super().write_checked(name + self._cipher.ending, _run(self._cipher.encrypt, content))

    def delete(self, names: Iterable[str]) -> None:
        """Delete encrypted files; missing ones are skipped."""
        super().delete(name + self._cipher.ending for name in names)


def readable(address: str, identity: str) -> Remote:
    """Return an address to read from; identity: a file with a key of age. Raises BadStudy, RemoteFault."""
    plain = Remote(address)
    found = [name for folder in ("snapshots", "dumps") for name in plain.names(folder)]
    for ending in (AGE, GPG):
        if found and all(name.endswith(ending) for name in found):
            return EncryptedRemote(address, Cipher.of(ending, identity))
    return plain


def _run(command: Sequence[str], content: bytes) -> bytes:
    if not command or shutil.which(command[0]) is None:
        raise BadStudy(NOT_INSTALLED.format(program=command[0] if command else "age"))
    done = subprocess.run(command, input=content, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RemoteFault(said[0] if said else f"{command[0]} does not work")
    return done.stdout
