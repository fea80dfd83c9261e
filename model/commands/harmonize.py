"""Run `python -m model harmonize`: harmonize one picture, and export its edit; or harmonize a folder."""

import argparse
import importlib
from pathlib import Path
from threading import Thread

from model.bulk.run import add_engine_options, engine_of
from model.commands.harmonize_folder import harmonize_folder
from model.commands.recipe import Recipe
from model.edit.edit import BadEdit, Edit
from model.edit.export import object_layer, shading_levels
from model.edit.looks import read_look
from model.edit.results import RESULT_SUFFIXES, result_format, write_result
from model.images.composite import Composite
from model.images.files import check_outputs, write_atomic, write_grey, write_picture
from model.images.formats import NAMES
from model.images.icc import profile_name
from model.methods import resolve_name

FOLDER_OPTIONS = {"format": " The name after -o states the format of one picture.", "workers": "", "ray": ""}
EXPORTS = ("edit_out", "cube", "acv", "shading_png", "layer")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add = command.add_argument
    add(
        "image",
        type=Path,
        help=f"the composite: {NAMES}; or a folder with composite/ and mask/, or with NAME and NAME_mask",
    )
    add("mask", type=Path, nargs="?", help="white where the object is; else the image's transparency")
    add(
        "-o",
        "--out",
        type=Path,
        required=True,
        help="the result: .png, .jpg, .webp, .tif or .psd; or a folder",
    )
    add(
        "--format",
        choices=[suffix[1:] for suffix in RESULT_SUFFIXES],
        help="of the results of a folder; default: png",
    )
    add_engine_options(command)
    add("--background", type=Path, help="the picture without the object, if you have it")
    add("--method", default="harmonylab", help="see `python -m model methods`; default: harmonylab")
    add("--curves-strength", type=float, default=1.0, metavar="S", help="0 = none, 1 = as predicted, to 1.5")
    add("--shading-strength", type=float, default=1.0, metavar="S", help="the same for light")
    add("--curves-only", action="store_true", help="leave the shading map out")
    add(
        "--edit-in",
        type=Path,
        metavar="FILE",
        help="apply this edit instead of predicting one: .json, or a .cube, .acv or .xmp of another program",
    )
    add("--edit-out", type=Path, metavar="JSON", help="write the edit")
    add("--cube", type=Path, help="write the curves as a .cube table")
    add("--acv", type=Path, help="write the curves as a Photoshop .acv file")
    add(
        "--shading-png",
        type=Path,
        metavar="PNG",
        help="write the light: 16-bit grey, 32768 + 8191.75·log-gain",
    )
    add("--layer", type=Path, metavar="PNG", help="write the harmonized object with transparency")


def run(args: argparse.Namespace) -> int:
    """Harmonize and write the files asked for.

    Raises ValueError, before anything is written, for input that cannot be used, and OSError.
    """
    if args.image.is_dir():
        return _run_folder(args)
    for name, hint in FOLDER_OPTIONS.items():
        if getattr(args, name) is not None:
            raise BadEdit(f"--{name} is for folders.{hint}")
    result_format(args.out)
    _check_exports(args)
    _load_network(args)
    recipe = _recipe(args)
    if not recipe.has_edit and any(getattr(args, name) for name in EXPORTS):
        raise BadEdit(f"{recipe.method.name} does not work with curves, so there is no edit to use or write.")
    composite = Composite.from_files(args.image, args.mask, args.background)
    result = recipe.apply(composite)
    write_result(args.out, composite, result)
    if result.edit is not None:
        _export(args, composite, result.edit)
    lost = composite.alpha is not None and result_format(args.out) == "JPEG"
    print(_summary(args.out.name, composite, lost))
    return 0


def _run_folder(args: argparse.Namespace) -> int:
    """Harmonize a folder; return 0, 1 if some pictures could not be used, or 130 if it was stopped."""
    given = [name for name in ("mask", "background", *EXPORTS) if getattr(args, name)]
    if given:
        option = "a mask" if given[0] == "mask" else f"--{given[0].replace('_', '-')}"
        raise BadEdit(f"{args.image.name or 'This'} is a folder, but {option} is for one picture.")
    suffix = f".{args.format or 'png'}"
    if args.out.is_file():
        raise NotADirectoryError(20, "The results need a folder", str(args.out))
    return harmonize_folder(args.image, args.out, _recipe(args), suffix, engine_of(args))


def _load_network(args: argparse.Namespace) -> None:
    """Load PyTorch in the background, which takes longer than a picture."""
    if args.edit_in is None and resolve_name(args.method).startswith("harmonylab"):
        Thread(target=importlib.import_module, args=("model.network.network",)).start()


def _recipe(args: argparse.Namespace) -> Recipe:
    shading = 0.0 if args.curves_only else args.shading_strength
    edit = None
    if args.edit_in:
        look = read_look(args.edit_in.name, args.edit_in.read_bytes())
        if args.edit_in.suffix.lower() != ".json":
            print(look.about)
        edit = look.edit
    return Recipe.of(args.method, edit, args.curves_strength, shading)


def _check_exports(args: argparse.Namespace) -> None:
    check_outputs(args.out, *(getattr(args, name) for name in EXPORTS))
    for path in (args.shading_png, args.layer):
        if path and path.suffix.lower() != ".png":
            raise BadEdit(f"{path.name} should end in .png.")


def _export(args: argparse.Namespace, composite: Composite, edit: Edit) -> None:
    if args.edit_out:
        write_atomic(args.edit_out, edit.to_json().encode())
    if args.cube:
        write_atomic(args.cube, edit.to_cube().encode())
    if args.acv:
        write_atomic(args.acv, edit.to_acv())
    if args.shading_png:
        write_grey(args.shading_png, shading_levels(edit.shading, *composite.matte.shape))
    if args.layer:
        colours, alpha = object_layer(composite, edit)
        write_picture(args.layer, colours, alpha=alpha, metadata=composite.metadata)


def _summary(name: str, composite: Composite, lost: bool) -> str:
    height, width = composite.matte.shape
    facts = [f"{width}×{height}", f"{8 * composite.image.itemsize} bits per channel"]
    if composite.metadata.icc:
        facts.append(profile_name(composite.metadata.icc))
    if lost:
        facts.append("without its transparency, which JPEG cannot hold")
    return f"{name}: {', '.join(facts)}"
