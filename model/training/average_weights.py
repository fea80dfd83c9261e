"""`python -m model combine`: one network out of several that were trained on from the same weights.

Between such trunks every curve head works as well as on its own (Wortsman et al. 2022), so heads that were
trained apart, and err apart, can share one trunk: an ensemble for the price of one network.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from model.images.files import check_outputs
from model.network.harmonizer import load_network
from model.network.network import HarmonizerNetwork
from model.training.distillation import CAUTION
from model.training.state import write_weights


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m model combine`."""
    parser.add_argument("weights", nargs="+", type=Path, help="networks trained on from the same weights")
    parser.add_argument(
        "--shading",
        action="append",
        type=Path,
        metavar="WEIGHTS",
        help="whose shading head, or, given several times, the mean of them; default: the first",
    )
    parser.add_argument(
        "--caution",
        type=float,
        default=CAUTION,
        help="how far the curves are drawn towards no change, 0-1; default: %(default)s",
    )
    parser.add_argument("--out", required=True, type=Path, help="weights to write (.safetensors)")


def run(args: argparse.Namespace) -> int:
    """Combine as the parsed options say; returns the exit code.

    Raises BadWeights, OSError where nothing can be written to `--out`, ValueError for a caution out of range.
    """
    check_outputs(args.out)
    if not 0 <= args.caution <= 1:
        raise ValueError("--caution is a share between 0 and 1.")
    networks = [load_network(file) for file in args.weights]
    shading = [load_network(file) for file in args.shading or args.weights[:1]]
    write_weights(combined(networks, shading, args.caution), args.out)
    return 0


@torch.no_grad()
def combined(
    networks: Sequence[HarmonizerNetwork], shading: Sequence[HarmonizerNetwork], caution: float
) -> HarmonizerNetwork:
    """The mean of the trunks, of each network in turn a curve head, the mean of the shading heads of others.

    caution: what is taken off the last layer of every curve head, 0-1; all of it gives no change.
    """
    whole = HarmonizerNetwork().eval()
    whole.encoder.load_state_dict(mean([network.encoder for network in networks]))
    whole.shading.load_state_dict(mean([network.shading for network in shading]))
    for index, member in enumerate(whole.curves.members):
        member.load_state_dict(networks[index % len(networks)].curves.members[index].state_dict())
        for number in member.get_submodule("out").parameters():
            number.mul_(1 - caution)
    return whole


def mean(parts: Sequence[nn.Module]) -> dict[str, Tensor]:
    """The mean of the numbers of like parts of networks."""
    states = [part.state_dict() for part in parts]
    return {key: torch.stack([state[key] for state in states]).mean(0) for key in states[0]}
