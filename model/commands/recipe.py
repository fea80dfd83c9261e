"""Harmonize composites in one way: with a method, or with an edit that is given."""

import hashlib
from dataclasses import dataclass

from model.edit.edit import BadEdit, Edit
from model.edit.render import render
from model.edit.results import Harmonized
from model.images.composite import Composite
from model.methods import Method, usable_method
from model.network.harmonizer import DEFAULT_WEIGHTS


@dataclass(frozen=True, eq=False)
class Recipe:
    """Describe how composites are harmonized.

    edit: applied to all; None = the method predicts one. curves, shading: strengths, 0 to 1.5.
    """

    method: Method
    edit: Edit | None = None
    curves: float = 1.0
    shading: float = 1.0

    @classmethod
    def of(cls, method: str, edit: Edit | None = None, curves: float = 1.0, shading: float = 1.0) -> "Recipe":
        """Return the recipe with a method by its name. Raises UnknownMethod, or BadEdit for bad strengths."""
        recipe = cls(usable_method(method), edit, curves, shading)
        Edit.identity(2, 1).blend(curves, shading)
        if not recipe.has_edit and (curves, shading) != (1, 1):
            raise BadEdit(f"{recipe.method.name} does not work with curves, so there is no edit to change.")
        return recipe

    @property
    def has_edit(self) -> bool:
        """Return True if results are made by edits."""
        return self.edit is not None or self.method.predict is not None

    @property
    def key(self) -> str:
        """Return a text that changes when results could differ."""
        edit = None if self.edit is None else self.edit.to_json()
        weights = hashlib.sha256()
        if self.edit is None and self.method.name.startswith("harmonylab"):
            weights.update(DEFAULT_WEIGHTS.read_bytes())
        name = self.method.name if self.edit is None else ""
        return repr((name, edit, self.curves, self.shading, weights.hexdigest()))

    def apply(self, composite: Composite) -> Harmonized:
        """Harmonize one composite. Raises ValueError where the method cannot work on it."""
        edit = self.edit
        if edit is None and self.method.predict is not None:
            edit = self.method.predict(composite)
        if edit is None:
            return Harmonized(self.method.run(composite), None)
        edit = edit.blend(self.curves, self.shading)
        return Harmonized(render(composite, edit), edit)
