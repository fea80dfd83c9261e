"""Read weights files without executing their content, and refuse those that do not fit a network."""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn


class BadWeights(ValueError):
    """Refuse a weights file that cannot be used. The message is written for users."""


def fit_state(
    network: "nn.Module", state: Mapping[str, "Tensor"], name: str, unused: Collection[str] = ()
) -> None:
    """Load key → tensor into a network.

    name: of the file, for the message. unused: keys that may be missing, because the network never uses them.
    Raises BadWeights, which names the keys that are missing, unexpected or of another shape.
    """
    expected = {key: value.shape for key, value in network.state_dict().items() if is_stored(key)}
    found = {key: value.shape for key, value in state.items() if is_stored(key)}
    problems = {
        "missing": sorted(expected.keys() - found.keys() - set(unused)),
        "unexpected": sorted(found.keys() - expected.keys()),
        "of another shape": sorted(
            key for key in expected.keys() & found.keys() if found[key] != expected[key]
        ),
    }
    if any(problems.values()):
        problem_text = "; ".join(f"{what}: {_shorten(keys)}" for what, keys in problems.items() if keys)
        raise BadWeights(f"{name} does not fit this version of the network ({problem_text}).")
    network.load_state_dict(state, strict=False)  # the keys are checked above; counters are not stored


def read_checkpoint(path: Path) -> dict[str, "Tensor"]:
    """Read the tensors of a PyTorch file, name → float32: a state dict, or one under the key "state_dict".

    Only tensors and plain values are read, never code. Raises BadWeights for any other file.
    """
    import pickle
    from optparse import Values

    import torch

    try:
        # Some files hold the author's command line beside the tensors, as an object of plain values.
        with torch.serialization.safe_globals([Values]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise BadWeights(f"The weights {path.name} were not found in {path.parent}.") from None
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, KeyError, ValueError):
        raise BadWeights(f"{path.name} is not a PyTorch weights file, or it is damaged.") from None
    state = content.get("state_dict", content) if isinstance(content, dict) else content
    if not isinstance(state, dict) or not state or not all(map(_is_entry, state.items())):
        raise BadWeights(f"{path.name} holds no weights under names.")
    # Training on several devices adds this prefix to every name.
    return {key.removeprefix("module."): value.float() for key, value in state.items()}


def _is_entry(entry: tuple[Any, Any]) -> bool:
    import torch

    return isinstance(entry[0], str) and isinstance(entry[1], torch.Tensor)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_stored(key: str) -> bool:
    """Return False for the batch counters of batch normalisation, which only training uses."""
    return not key.endswith("num_batches_tracked")


def _shorten(keys: list[str], most: int = 3) -> str:
    return ", ".join(keys[:most]) + (f" and {len(keys) - most} more" if len(keys) > most else "")
