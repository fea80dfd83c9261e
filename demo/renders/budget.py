"""Refuse a picture that would need too much memory, by its header, before it is decoded."""

from dataclasses import dataclass

from demo.monitoring.metrics import REFUSALS
from demo.pictures.inputs import Inputs
from model import BadImage
from model.bulk.memory import COPIES, memory_of
from model.images.files import check_mask_size, read_header

# Hard limit of the process, relative to the budget: the estimate is not exact.
SLACK = 1.5


@dataclass(frozen=True)
class Budget:
    """Hold the memory, in megabytes (10**6 bytes), that one picture may take while it is processed."""

    megabytes: float

    @property
    def hard_limit(self) -> int:
        """Return the bytes at which a process gets no more memory, whatever the header states."""
        return int(SLACK * self.megabytes * 1e6)

    @property
    def decoded_bytes(self) -> int:
        """Return the bytes of the decoded files of the largest picture that is accepted."""
        return int(self.megabytes * 1e6 / COPIES)

    def check(self, *files: str) -> None:
        """Check the memory of files that are decoded together, the picture first. Raises BadImage."""
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
        """Check the files of a composite: their memory, and that the mask has its size. Raises BadImage."""
        if not inputs.pasted and inputs.composite and inputs.mask:
            check_mask_size(inputs.composite, inputs.mask)
        self.check(*inputs.files)


def _rounded_down(megapixels: float) -> str:
    return f"{int(megapixels)}" if megapixels >= 10 else f"{int(megapixels * 10) / 10:g}"
