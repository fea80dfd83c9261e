"""Define what the child processes do for the pages; each function gets the lane's own tools first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from demo.examples import EXAMPLES
from demo.pictures.edit_drawings import curves_svg, light_html, light_map
from demo.pictures.mask_painting import find_against_background, find_in_box, keep_painted, painter_value
from demo.pictures.method_runner import Bench, Made, Opened
from demo.pictures.picture_panel import Panel, drop_value, picked_panel, whole_panel
from demo.pictures.study_draft import set_aside
from demo.pictures.upload_preview import Glance, glance
from demo.pictures.view_cache import ViewCache, url_of
from demo.pictures.workbench import Inputs, Job, Strength, Workbench, small_composite
from model import Composite, Edit, load_harmonizer
from model.edit.render import warm_up
from model.methods import available_methods


@dataclass(frozen=True)
class Shown:
    """A harmonized picture at some strength: its view, the curves and the light as markup."""

    job: Job
    after: str
    curves: str
    light: str

    @property
    def views(self) -> tuple[str, ...]:
        """The names of the views that it shows, but for those of the panel."""
        light = re.findall(r"/view/([0-9a-f.a-z]+)", self.light)
        return (*self.job.views, self.after, *light)


def set_up_edits(views: ViewCache, _stopped: Event) -> Workbench:
    """Load the network and the renderer, and use them once, so that the first visitor does not wait."""
    bench = Workbench(load_harmonizer(), views)
    bench.harmonizer(Composite.from_files(EXAMPLES[0].composite, EXAMPLES[0].mask).resize_to_fit(64))
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    return bench


def set_up_comparisons(views: ViewCache, megapixels: float, stopped: Event) -> Bench:
    """Find the methods, and load the renderer in the background."""
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    return Bench(available_methods(), views, megapixels, stopped)


def open_example(bench: Workbench, inputs: Inputs) -> tuple[Panel, Shown]:
    """Harmonize an example, once for all, and fill the panel."""
    return whole_panel(inputs, bench.views), _shown(bench, bench.harmonize_once(inputs))


def harmonize(bench: Workbench, inputs: Inputs) -> Shown:
    """Harmonize what a person gave. Raises BadImage."""
    return _shown(bench, bench.harmonize(inputs))


def adjust(bench: Workbench, job: Job, strength: Strength) -> Shown:
    """Show the result at another strength. Raises KeyError where its views are gone."""
    return Shown(job, bench.adjust(job, strength), *_drawn(bench, job, strength))


def export(bench: Workbench, job: Job, strength: Strength, kind: str) -> tuple[str, str]:
    """Write a file to take home; see `Workbench.export`."""
    return bench.export(job, strength, kind)


def harmonize_to_file(bench: Workbench, inputs: Inputs) -> Path:
    """Harmonize and write the result at full size as PNG. Raises BadImage."""
    return bench.views.find(bench.export(bench.harmonize(inputs), Strength(), "png")[0])


def look(bench: Workbench, inputs: Inputs) -> Glance | None:
    """Show what was given before it is harmonized."""
    return glance(inputs, bench.views)


def pick(bench: Workbench, chosen: Inputs, slot: str, path: str) -> Panel:
    """Put a file into one of the places of the panel."""
    return picked_panel(chosen, slot, path, bench.views)


def find_box(bench: Workbench, inputs: Inputs, sides: Mapping[str, Any]) -> dict[str, Any]:
    """Find the object in a box; returns the painter's value. Raises BadImage."""
    return painter_value(inputs, bench.views) | find_in_box(inputs, bench.views, sides)


def find_difference(bench: Workbench, inputs: Inputs) -> dict[str, Any]:
    """Find the object against the clean background; returns the painter's value. Raises BadImage."""
    return painter_value(inputs, bench.views) | find_against_background(inputs, bench.views)


def keep_mask(bench: Workbench, inputs: Inputs, painted: str) -> Panel:
    """Take a painted mask as the mask. Raises BadImage."""
    kept = keep_painted(inputs, bench.views, painted)
    return Panel(kept, painter_value(kept, bench.views), {"mask": drop_value(kept.mask, bench.views)})


def add_to_draft(_bench: Workbench, folder: Path, inputs: Inputs, results: Mapping[str, Path]) -> str:
    """Put a compared picture into the draft study; returns its name. Raises BadImage."""
    return set_aside(folder, inputs, results)


def open_comparison(bench: Bench, inputs: Inputs) -> Opened:
    """Read what is to be compared. Raises BadImage."""
    return bench.open(inputs)


def run_method(bench: Bench, inputs: Inputs, name: str) -> Made:
    """Run one method. Raises BadImage."""
    return bench.run(inputs, name)


def _shown(bench: Workbench, job: Job) -> Shown:
    return Shown(job, job.after, *_drawn(bench, job, Strength()))


def _drawn(bench: Workbench, job: Job, strength: Strength) -> tuple[str, str]:
    edit = strength.of(Edit.from_json(job.edit))
    small = small_composite(bench.views.find(job.before), bench.views.find(job.matte))
    light = bench.views.put(light_map(small, edit), ".jpg")
    return curves_svg(edit), light_html(url_of(light), edit)
