"""Find masks for visitors, also with the network that the operator installed, where there is one."""

import logging
from functools import cache

from model import BadWeights
from model.masks.prompted import shipped_network
from model.masks.saliency import SETTING, installed_network
from model.masks.select import ObjectFinder

LOGGER = logging.getLogger(__name__)


@cache
def mask_finder() -> ObjectFinder:
    """Return the finder; without the installed network where that cannot be used, which is logged."""
    try:
        return ObjectFinder(shipped_network(), installed_network())
    except BadWeights as error:
        LOGGER.warning("%s: %s Masks are found without it.", SETTING, error)
        return ObjectFinder(shipped_network())
