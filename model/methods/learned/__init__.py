"""Published networks, rebuilt layer by layer, that load their authors' own files."""

from pathlib import Path

from model.composite import Composite
from model.methods.learned.peer import Peer, load_peer, peer_hash, weights_folder
from model.picture import Pixels

__all__ = ["PEERS", "Peer", "peer_hash", "weights_folder"]


def _pih(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import pih

    return pih.harmonize(load_peer(pih.PihNetwork, path), composite)


PEERS = (
    Peer(
        "pih_official",
        "PIH (Wang 2023)",
        "ckpt_g39.pth",
        "none stated for the weights",
        "https://github.com/adobe/PIH",
        _pih,
    ),
)
