"""Fill the templates of pages. Every text is escaped unless it is markup of a template itself."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from study import number_formats
from study.report.sections import SIMULATED
from study.summary.scales import jod

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
TEMPLATES.filters |= {
    "jod": jod,
    "interval": number_formats.interval,
    "percent": number_formats.percent,
    "seconds": number_formats.seconds,
    "signed": number_formats.signed,
    "with_error": number_formats.with_error,
}
TEMPLATES.globals["simulated_votes"] = SIMULATED


def fill(template: str, **values: object) -> str:
    """Return the markup of a template in `demo/pages/templates` with these values."""
    return TEMPLATES.get_template(template).render(**values)
