"""Define the task of a batch; the first argument is what the setup of the lane returned."""

import time
from pathlib import Path

from demo.pictures.inputs import Inputs
from demo.renders.contexts import CompareContext
from model import BadImage, Edit, render
from model.edit.results import Harmonized, write_result

METHOD = "harmonylab"


def harmonize_pair(context: CompareContext, inputs: Inputs, edit: Edit | None, target: Path) -> float:
    """Write the harmonized composite to a file and return the seconds that this took. Raises BadImage.

    edit: applied to the object; None = what the network predicts.
    """
    start = time.monotonic()
    composite = inputs.read()
    if edit is None:
        predict = context.runner.methods[METHOD].predict
        if predict is None:
            raise BadImage("The model is not installed on this server. Please apply an edit instead.")
        edit = predict(composite)
    write_result(target, composite, Harmonized(render(composite, edit), edit))
    return time.monotonic() - start
