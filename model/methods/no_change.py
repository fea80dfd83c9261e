"""Return the composite unchanged, as the reference for every other method."""

from model.edit.edit import Edit
from model.methods.common.method import parametric

METHODS = (parametric("composite", "No change", lambda _: Edit.identity()),)
