"""List the example composites of the pages; `make examples` makes their files again."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CC0, PUBLIC_DOMAIN, CC_BY = "CC0 1.0", "public domain", "CC BY 2.0"


@dataclass(frozen=True)
class Example:
    """Hold a composite with its mask, and the parts that it was made of; all files are of one size.

    `background` is the photograph without the object, `cutout` the object with real transparency;
    `licence` names the photographs' authors and licences, see LICENSES.md.
    """

    name: str
    title: str
    composite: Path
    mask: Path
    background: Path | None
    licence: str
    cutout: Path | None = None


def _example(name: str, title: str, *sources: str) -> Example:
    return Example(
        name=name,
        title=title,
        composite=FOLDER / f"{name}.jpg",
        mask=FOLDER / f"{name}_mask.png",
        background=FOLDER / f"{name}_background.jpg",
        licence="; ".join(sources),
        cutout=FOLDER / f"{name}_cutout.webp",
    )


NASA = f"NASA, {PUBLIC_DOMAIN}"
SPACEX = f"SpaceX, {PUBLIC_DOMAIN}"
CHINA = f"danielbuechele, {CC_BY}"
FLOWER = f"vultilion, {CC_BY}"
ESPRESSO = f"Rachel Michetti, {CC0}"
CAT = f"Stefan van der Walt, {CC0}"
BRICKS = f"CC0Textures, {CC0}"

EXAMPLES: tuple[Example, ...] = (
    _example("astronaut", "Astronaut at dusk", NASA, SPACEX),
    _example("pavilion", "Pavilion before a launch", CHINA, SPACEX),
    _example("coffee", "Espresso on a terrace", ESPRESSO, BRICKS),
    _example("cat", "Cat at the Summer Palace", CAT, CHINA),
    _example("dahlia", "Dahlia in a café", FLOWER, ESPRESSO),
)
