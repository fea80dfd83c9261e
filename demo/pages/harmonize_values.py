"""Write a harmonized picture, or a preview of an upload, as values for the components of the page."""

import json
from pathlib import Path
from typing import Any

from demo.examples import EXAMPLES
from demo.pages.layout import facts
from demo.pictures.upload_preview import UploadPreview
from demo.pictures.view_cache import url_of
from demo.pictures.workbench import Inputs, Job


def stage_value(job: Job, after: str) -> dict[str, Any]:
    """Return the value of the stage: the views, and the edit, which the browser draws while a slider moves.

    after: the name of the view of the result. The edit is None where a browser cannot draw it.
    """
    before, _, matte = job.views
    return {
        "before": url_of(before),
        "after": url_of(after),
        "mask": url_of(matte),
        "width": job.width,
        "height": job.height,
        "title": _title(job.inputs),
        "focus": job.focus,
        "edit": json.loads(job.edit.to_json()) if job.live else None,
        "strength": [100, 100],
    }


def preview_value(inputs: Inputs, preview: UploadPreview) -> dict[str, Any]:
    """Return the value of the stage before anything is harmonized."""
    return {
        "before": url_of(preview.before),
        "mask": url_of(preview.matte) if preview.matte else "",
        "width": preview.width,
        "height": preview.height,
        "title": _title(inputs),
        "focus": preview.focus,
    }


def job_facts(job: Job) -> str:
    """Return size, kind, time and the number of changed background pixels as markup."""
    return facts(
        f"{job.width} × {job.height}",
        job.about,
        f"{job.width * job.height / 1e6:.1f} MP in {job.seconds:.2f} s",
        f"{job.background:,} background pixels, {f'{job.changed:,}' if job.changed else 'none'} changed",
    )


def preview_facts(inputs: Inputs, preview: UploadPreview) -> str:
    """Return size and kind of the picture, and the next step, as markup."""
    missing = "Add the cut-out." if inputs.pasted else "Add its mask, or draw it."
    next_step = "Ready to harmonize." if preview.matte else missing
    return facts(f"{preview.width} × {preview.height}", preview.about, next_step)


def _title(inputs: Inputs) -> str:
    return next(
        (e.title for e in EXAMPLES if str(e.composite) == inputs.composite),
        Path(inputs.background if inputs.pasted else inputs.composite).name,
    )
