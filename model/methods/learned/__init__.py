"""Run published networks, rebuilt layer by layer, with the weights of their authors' files."""

import math
import os
from functools import partial
from pathlib import Path

from model.images.arrays import Pixels
from model.images.composite import Composite
from model.methods.common.external import BadMethod
from model.methods.common.method import Method
from model.methods.learned.peer import Peer, load_peer, weights_folder

__all__ = ["PEERS", "Peer", "methods"]

MAX_MEGAPIXELS = 24  # a shared processor handles this in seconds
GAIN_FLOOR = "HARMONY_PIH_GAIN_FLOOR"


def _pih(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import pih

    return pih.harmonize(load_peer(pih.PihNetwork, path), composite, _gain_floor())


def _gain_floor() -> float:
    """Return the darkest gain of PIH's shading, HARMONY_PIH_GAIN_FLOOR; default: the authors' usual 0.6."""
    text = os.environ.get(GAIN_FLOOR) or "0.6"
    try:
        floor = float(text)
    except ValueError:
        floor = math.nan
    if not 0 <= floor <= 1:
        raise BadMethod(f"{GAIN_FLOOR} should be a number from 0 to 1, not {text!r}.")
    return floor


def _pct_net_vit(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import pct_net

    return pct_net.harmonize(load_peer(pct_net.PctNetViT, path), composite)


def _pct_net_cnn(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import pct_net

    return pct_net.harmonize(load_peer(pct_net.PctNetCNN, path, pct_net.UNUSED), composite)


def _issam(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import foreground_aware as peer

    return peer.harmonize(load_peer(peer.IssamNetwork, path), composite)


def _idih(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import foreground_aware as peer

    return peer.harmonize(load_peer(peer.IdihNetwork, path), composite)


def _harmonizer(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import white_box

    return white_box.harmonize(load_peer(white_box.WhiteBoxNetwork, path), composite)


SAMSUNG = "https://github.com/SamsungLabs/image_harmonization"
PCT_NET = "https://github.com/rakutentech/PCT-Net-Image-Harmonization"
PEERS = (
    Peer("pct_net_vit", "PCT-Net ViT (Guerreiro 2023)", "PCTNet_ViT.pth", "MPL-2.0", PCT_NET, _pct_net_vit),
    Peer("pct_net_cnn", "PCT-Net CNN (Guerreiro 2023)", "PCTNet_CNN.pth", "MPL-2.0", PCT_NET, _pct_net_cnn),
    Peer("issam", "iSSAM (Sofiiuk 2021)", "issam256.pth", "MPL-2.0", SAMSUNG, _issam),
    Peer("idih", "iDIH (Sofiiuk 2021)", "idih256.pth", "MPL-2.0", SAMSUNG, _idih),
    Peer(
        "wang2022_pih",
        "PIH (Wang 2023)",
        "ckpt_g39.pth",
        "none stated for the weights",
        "https://github.com/adobe/PIH",
        _pih,
    ),
    Peer(
        "ke2022_harmonizer",
        "Harmonizer (Ke 2022)",
        "harmonizer.pth",
        "CC BY-NC-SA 4.0",
        "https://github.com/ZHKKKe/Harmonizer",
        _harmonizer,
    ),
)


def methods() -> tuple[Method, ...]:
    """Return every peer; the reason of those without a weights file states where to get it."""
    return tuple(_as_method(peer, weights_folder()) for peer in PEERS)


def _as_method(peer: Peer, folder: Path) -> Method:
    path, reason = folder / peer.file, peer.reason(folder)
    run = partial(peer.harmonize, path)
    return Method(
        name=peer.name,
        title=peer.title,
        tier=2,
        licence=peer.licence,
        run=run,
        reason=reason,
        url=peer.url,
        optional=True,
        max_megapixels=MAX_MEGAPIXELS,
        weights=path,
    )
