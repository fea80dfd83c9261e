"""Published networks, rebuilt layer by layer, that load their authors' own files."""

from pathlib import Path

from model.composite import Composite
from model.methods.learned.peer import Peer, load_peer, peer_hash, weights_folder
from model.picture import Pixels

__all__ = ["PEERS", "Peer", "peer_hash", "weights_folder"]


def _pih(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import pih

    return pih.harmonize(load_peer(pih.PihNetwork, path), composite)


def _pct_net_vit(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import pct_net

    return pct_net.harmonize(load_peer(pct_net.PctNetViT, path), composite)


def _pct_net_cnn(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import pct_net

    return pct_net.harmonize(load_peer(pct_net.PctNetCNN, path, pct_net.UNUSED), composite)


def _harmonizer(path: Path, composite: Composite) -> Pixels:
    from model.methods.learned import white_box

    return white_box.harmonize(load_peer(white_box.WhiteBoxNetwork, path), composite)


PCT_NET = "https://github.com/rakutentech/PCT-Net-Image-Harmonization"
PEERS = (
    Peer("pct_net_vit", "PCT-Net ViT (Guerreiro 2023)", "PCTNet_ViT.pth", "MPL-2.0", PCT_NET, _pct_net_vit),
    Peer("pct_net_cnn", "PCT-Net CNN (Guerreiro 2023)", "PCTNet_CNN.pth", "MPL-2.0", PCT_NET, _pct_net_cnn),
    Peer(
        "pih_official",
        "PIH (Wang 2023)",
        "ckpt_g39.pth",
        "none stated for the weights",
        "https://github.com/adobe/PIH",
        _pih,
    ),
    Peer(
        "harmonizer",
        "Harmonizer (Ke 2022)",
        "harmonizer.pth",
        "CC BY-NC-SA 4.0",
        "https://github.com/ZHKKKe/Harmonizer",
        _harmonizer,
    ),
)
