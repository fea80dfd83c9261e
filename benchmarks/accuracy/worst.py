"""List the genuine composites on which a network is worst, beside another network's results.

    python -m benchmarks.accuracy.worst DIR [DIR ...] --before FILE --after FILE [--sheet OUT.png]

Each DIR holds composite/, mask/ and real/. The table holds set, name and PSNR in dB: of the composite, after
the first network and after the second, by which the worst are chosen. The sheet shows these composites, both
results and the truth, in the order of the table. Images have the network's input size.
"""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks.accuracy.genuine import of_folder
from benchmarks.arguments import add_folders, parser_of
from model.evaluation.contact_sheet import ContactSheet, sheet_row
from model.evaluation.metrics import measure
from model.images.arrays import Pixels
from model.network.harmonizer import Harmonizer, load_harmonizer
from model.network.network import INPUT_SIZE

COUNT = 25
TITLES = ("composite", "before", "after", "truth")


@dataclass(frozen=True, eq=False)
class Case:
    """Hold one genuine composite with the PSNR and a reduced picture of the composite and of both results."""

    folder: str
    name: str
    psnr: tuple[float, ...]
    row: Pixels


def cases_of(folder: Path, harmonizers: tuple[Harmonizer, Harmonizer]) -> list[Case]:
    """Return the cases of one folder."""
    cases = []
    for name, known, real in of_folder(folder, INPUT_SIZE):
        pictures = [known.image, *(harmonize(known).image for harmonize in harmonizers)]
        psnr = tuple(measure(picture, real, known.matte)["PSNR"] for picture in pictures)
        cases.append(Case(folder.name, name, psnr, sheet_row([*pictures, real])))
    return cases


def worst_of(cases: list[Case], count: int) -> list[Case]:
    """Return the cases with the lowest PSNR after the second network, the worst first."""
    return sorted(cases, key=lambda case: case.psnr[2])[:count]


def table(cases: list[Case], names: tuple[str, str]) -> str:
    """Return the cases as a table in Markdown."""
    head = f"| | set | name | composite | {names[0]} | {names[1]} |\n|---:|---|---|---:|---:|---:|"
    lines = (
        f"| {place} | {case.folder} | {case.name} | {' | '.join(f'{value:.1f}' for value in case.psnr)} |"
        for place, case in enumerate(cases, 1)
    )
    return "\n".join((head, *lines))


def main() -> None:
    """Print a table in Markdown."""
    parser = parser_of(__doc__)
    add_folders(parser)
    parser.add_argument("--before", type=Path, required=True, metavar="FILE")
    parser.add_argument("--after", type=Path, required=True, metavar="FILE")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png")
    args = parser.parse_args()
    harmonizers = load_harmonizer(args.before), load_harmonizer(args.after)
    worst = worst_of([case for folder in args.folders for case in cases_of(folder, harmonizers)], COUNT)
    print(table(worst, (args.before.stem, args.after.stem)))
    if args.sheet is not None:
        sheet = ContactSheet(TITLES)
        for case in worst:
            sheet.add(case.row)
        Image.fromarray(sheet.picture()).save(args.sheet)


if __name__ == "__main__":
    main()
