"""The composite as it is: what every other method is compared with."""

from model.edit.edit import Edit
from model.methods.common.method import parametric

METHODS = (parametric("composite", "No change", lambda _: Edit.identity()),)
