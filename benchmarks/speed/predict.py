"""Measure the prediction of an edit from a picture, beside the network of Wang et al. 2022, in one run.

    python -m benchmarks.speed.predict

The picture has 12 megapixels; reducing it is included. The other network (93.6 million parameters, with
random weights, because the time does not depend on them) takes 512×512 pixels, the size that it was built
for; ours takes 256×256. The best of several runs on two threads.
"""

import time
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.arguments import parser_of
from benchmarks.speed.render import masks, picture
from model.images.composite import Composite
from model.methods.learned.pih import SIZE, PihNetwork
from model.network.harmonizer import DEFAULT_WEIGHTS, load_harmonizer, load_network, network_input
from model.network.network import INPUT_SIZE

RUNS, THREADS = 12, 2


def best(run: Callable[[], object]) -> float:
    """Return the milliseconds of the fastest of RUNS runs."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


def parameters(network: torch.nn.Module) -> float:
    """Return the number of parameters, in millions."""
    return sum(p.numel() for p in network.parameters()) / 1e6


def main() -> None:
    """Print the times of both networks, and their ratio."""
    parser_of(__doc__).parse_args()
    torch.set_num_threads(THREADS)
    image = picture(12, 1)
    composite = Composite(image, dict(masks(image))["20 %"])
    harmonizer, ours, published = load_harmonizer(), load_network(DEFAULT_WEIGHTS).eval(), PihNetwork().eval()
    small, large = (
        [torch.from_numpy(np.ascontiguousarray(array))[None] for array in network_input(composite, size)]
        for size in (INPUT_SIZE, SIZE)
    )
    with torch.inference_mode():
        predicted = best(lambda: harmonizer.predict(composite))
        our_ms = best(lambda: ours(*small))
        published_ms = best(lambda: published(large[0], large[0], large[1]))
    print(f"picture to edit, 12 MP: {predicted:.0f} ms")
    print(f"network alone: {our_ms:.0f} ms, {parameters(ours):.1f} million parameters")
    print(f"the published network: {published_ms:.0f} ms, {parameters(published):.1f} million parameters")
    print(f"it takes {published_ms / our_ms:.1f} times as long")


if __name__ == "__main__":
    main()
