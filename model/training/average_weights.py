"""`python -m model combine`: combine several networks that were trained further from the same weights.

With the mean of such trunks each curve head is as accurate as with its own trunk (Wortsman et al. 2022). So
heads that were trained separately, and whose errors differ, can share one trunk: an ensemble at the cost of
one network.
"""

import argparse
import math
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
    """Add the options of `python -m model combine`."""
    parser.add_argument(
        "weights", nargs="+", type=Path, help="networks trained further from the same weights"
    )
    parser.add_argument(
        "--curves",
        action="append",
        default=[],
        type=Path,
        metavar="WEIGHTS",
        help="network whose curve heads are used; given several times: the mean of each head; default: the "
        "heads of the networks in turn",
    )
    parser.add_argument(
        "--shading",
        action="append",
        type=Path,
        metavar="WEIGHTS",
        help="network whose shading head is used; given several times: their mean; default: the first",
    )
    parser.add_argument(
        "--content",
        action="append",
        type=Path,
        metavar="WEIGHTS",
        help="network whose content head is used; given several times: their mean, where a network that is "
        "given twice counts twice; default: the first in which it is trained",
    )
    parser.add_argument(
        "--caution",
        type=float,
        default=CAUTION,
        help="share of the identity in the curves, 0-1; default: %(default)s",
    )
    parser.add_argument(
        "--change",
        nargs=3,
        metavar=("BEFORE", "AFTER", "SHARE"),
        help="add this share, 0-1, of the change of the content head between two networks, as of the second "
        "stream",
    )
    parser.add_argument("--out", required=True, type=Path, help="weights to write (.safetensors)")


def run(args: argparse.Namespace) -> int:
    """Combine networks with the parsed options; return the exit code.

    Raises BadWeights, OSError if `--out` cannot be written, and ValueError for a share out of range.
    """
    check_outputs(args.out)
    if not 0 <= args.caution <= 1:
        raise ValueError("--caution is a share between 0 and 1.")
    share = share_of(args.change[2]) if args.change else 0.0
    networks = [load_network(file) for file in args.weights]
    shading = [load_network(file) for file in args.shading or args.weights[:1]]
    content = [load_network(file) for file in args.content or ()] or with_content(networks)[:1]
    curves = [load_network(file) for file in args.curves]
    result = combine(networks, shading, content, args.caution, curves)
    if args.change:
        before, after = (load_network(Path(file)) for file in args.change[:2])
        add_change(result.content, before.content, after.content, share)
    write_weights(result, args.out)
    return 0


def share_of(word: str) -> float:
    """Return the share that `--change` adds. Raises ValueError unless it is a number from 0 to 1."""
    try:
        share = float(word)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise ValueError(f"--change takes two weights and a share between 0 and 1, not {word}.")
    return share


def with_content(networks: Sequence[HarmonizerNetwork]) -> Sequence[HarmonizerNetwork]:
    """Return the networks whose content head is trained; all where there is none."""
    return [network for network in networks if network.content.share > 0] or networks


@torch.no_grad()
def combine(
    networks: Sequence[HarmonizerNetwork],
    shading: Sequence[HarmonizerNetwork],
    content: Sequence[HarmonizerNetwork],
    caution: float,
    curves: Sequence[HarmonizerNetwork] = (),
) -> HarmonizerNetwork:
    """Return a network with the mean trunk, the curve heads in turn, and the mean shading and content heads.

    networks: give trunks and, unless `curves` are given, curve heads. shading, content, curves: give the mean
    of these heads. caution: the last layer of each curve head and of the content head is multiplied by
    1 − caution; at 1 they change nothing.
    """
    result = HarmonizerNetwork().eval()
    result.encoder.load_state_dict(mean([network.encoder for network in networks]))
    result.shading.load_state_dict(mean([network.shading for network in shading]))
    result.content.load_state_dict(mean([network.content for network in content]))
    for index, member in enumerate(result.curves.members):
        source = curves or [networks[index % len(networks)]]
        member.load_state_dict(mean([network.curves.members[index] for network in source]))
    for head in (result.content, *result.curves.members):
        for number in head.get_submodule("out").parameters():
            number.mul_(1 - caution)
    return result


@torch.no_grad()
def add_change(head: nn.Module, before: nn.Module, after: nn.Module, share: float) -> None:
    """Add a share of the change between two heads to the parameters of a third (Ilharco et al. 2023).

    What one run changed is so added to the result of another, and need not be trained again.
    """
    for number, first, last in zip(head.parameters(), before.parameters(), after.parameters(), strict=True):
        number.add_(share * (last - first))


def mean(parts: Sequence[nn.Module]) -> dict[str, Tensor]:
    """Return the mean state of modules of equal structure."""
    states = [part.state_dict() for part in parts]
    return {key: torch.stack([state[key] for state in states]).float().mean(0) for key in states[0]}
