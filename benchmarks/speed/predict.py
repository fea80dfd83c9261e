"""How long it takes from a picture to an edit, beside the network of the original paper, in one run.

    python -m benchmarks.speed.predict

A picture of 12 megapixels, shrinking included; the other network (93.6 million parameters, random weights,
for time does not depend on them) sees 512×512 pixels, as it has to; ours sees 256×256. The best of several
runs on two threads.
"""

import time
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.speed.render import masks, picture
from model.images.composite import Composite
from model.methods.learned.pih import SIZE, PihNetwork
from model.network.harmonizer import DEFAULT_WEIGHTS, load_harmonizer, load_network, network_input
from model.network.network import INPUT_SIZE

RUNS, THREADS = 12, 2


def best(run: Callable[[], object]) -> float:
    """Milliseconds of the fastest run."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


def parameters(network: torch.nn.Module) -> float:
    """In millions."""
    return sum(p.numel() for p in network.parameters()) / 1e6


def main() -> None:
    """Print both, and their ratio."""
    torch.set_num_threads(THREADS)
    image = picture(12, 1)
    composite = Composite(image, dict(masks(image))["20 %"])
    harmonizer, own, other = load_harmonizer(), load_network(DEFAULT_WEIGHTS).eval(), PihNetwork().eval()
    small, large = (
        [torch.from_numpy(np.ascontiguousarray(array))[None] for array in network_input(composite, size)]
        for size in (INPUT_SIZE, SIZE)
    )
    with torch.inference_mode():
        predicted = best(lambda: harmonizer.predict(composite))
        forward = best(lambda: own(*small))
        theirs = best(lambda: other(large[0], large[0], large[1]))
    print(f"picture to edit, 12 MP: {predicted:.0f} ms")
    print(f"network alone: {forward:.0f} ms, {parameters(own):.1f} million parameters")
    print(f"the paper's network: {theirs:.0f} ms, {parameters(other):.1f} million parameters")
    print(f"it takes {theirs / forward:.1f} times as long")


if __name__ == "__main__":
    main()
