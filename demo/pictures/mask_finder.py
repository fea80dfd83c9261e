"""Find masks for visitors, with the network that the operator installed where there is one."""

import logging
from functools import cache

from model import BadWeights
from model.masks.saliency import SETTING, installed_network
from model.masks.select import ObjectFinder

LOGGER = logging.getLogger(__name__)


@cache
def mask_finder() -> ObjectFinder:
    """Return the finder; by colours alone where the installed network cannot be used, which is logged."""
    try:
        return ObjectFinder(installed_network())
    except BadWeights as error:
        LOGGER.warning("%s: %s Masks are found by colours alone.", SETTING, error)
        return ObjectFinder(None)
