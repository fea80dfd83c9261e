"""Refuse a picture by its header: what it would take in memory is known before anything is decoded."""

from dataclasses import dataclass

from demo.monitoring.metrics import REFUSALS
from demo.pictures.workbench import Inputs
from model import BadImage
from model.images.files import Header, check_mask_size, read_header

COPIES = 2.5  # what harmonizing takes, in decoded files; measured by benchmarks/speed/lanes.py
SLACK = 1.5  # what a process may really take, in parts of the budget: the estimate is not exact
MATTE_BYTES = 4  # of a pixel


@dataclass(frozen=True)
class Budget:
    """How much memory one picture may take while it is processed."""

    megabytes: float

    @property
    def hard_limit(self) -> int:
        """Return the bytes at which a process gets no more memory, whatever a header said."""
        return int(SLACK * self.megabytes * 1e6)

    @property
    def decoded_bytes(self) -> int:
        """Return the bytes of the decoded files of the largest picture that is accepted."""
        return int(self.megabytes * 1e6 / COPIES)

    def check(self, *files: str) -> None:
        """Refuse files that are too large together, the picture first. Raises BadImage."""
        headers = [read_header(path) for path in files]
        if not headers:
            return
        need, first = memory_of(headers), headers[0]
        if need <= self.megabytes * 1e6:
            return
        REFUSALS.labels("picture memory").inc()
        fitting = first.pixels * self.megabytes / need  # megapixels
        raise BadImage(
            f"{first.name} is {first.width}×{first.height} pixels of {first.bits} bits and would take "
            f"{need / 1e9:.1f} GB of memory here, but a picture gets {self.megabytes / 1e3:.3g} GB. "
            f"Please use a picture of at most {_rounded_down(fitting)} megapixels."
        )

    def check_inputs(self, inputs: Inputs) -> None:
        """The same for what is to be harmonized; a mask of another size is refused, too. Raises BadImage."""
        if not inputs.pasted and inputs.composite and inputs.mask:
            check_mask_size(inputs.composite, inputs.mask)
        self.check(*inputs.files)


def memory_of(headers: list[Header]) -> float:
    """Return the bytes that harmonizing takes: a picture, and what gives its matte, as decoded arrays."""
    picture, *others = headers
    decoded = picture.pixels * (3 * picture.bits // 8 + (MATTE_BYTES if picture.planes == 4 else 0))
    for other in others:
        planes = 1 if other.planes == 1 else 3
        decoded += other.pixels * (planes * other.bits // 8 + MATTE_BYTES)
    return COPIES * decoded


def _rounded_down(megapixels: float) -> str:
    return f"{int(megapixels)}" if megapixels >= 10 else f"{int(megapixels * 10) / 10:g}"
