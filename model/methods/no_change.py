"""The composite as it is: what every other method is compared with."""

from model.edit import Edit
from model.methods.method import parametric

METHODS = (parametric("composite", "No change", lambda _: Edit.identity()),)
