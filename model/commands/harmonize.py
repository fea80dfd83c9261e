"""Run `python -m model harmonize`: harmonize one picture, and export its edit."""

import argparse
import importlib
from pathlib import Path
from threading import Thread

from model.edit.edit import BadEdit, Edit
from model.edit.export import object_layer, shading_levels
from model.edit.looks import read_look
from model.edit.psd_layers import composite_psd
from model.edit.render import render
from model.images.composite import Composite
from model.images.files import check_outputs, picture_format, write_atomic, write_grey, write_picture
from model.images.formats import NAMES
from model.images.icc import profile_name
from model.methods import resolve_name, usable_method

EXPORTS = ("edit_out", "cube", "acv", "shading_png", "layer")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add = command.add_argument
    add("image", type=Path, help=f"the composite: {NAMES}")
    add("mask", type=Path, nargs="?", help="white where the object is; else the image's transparency")
    add("-o", "--out", type=Path, required=True, help="the result: .png, .jpg, .webp, .tif, or .psd")
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
    kind = _result_format(args.out)
    _check_exports(args)
    # PyTorch takes longer to load than a picture.
    if args.edit_in is None and resolve_name(args.method).startswith("harmonylab"):
        Thread(target=importlib.import_module, args=("model.network.network",)).start()
    composite = Composite.from_files(args.image, args.mask, args.background)
    edit = _edit_for(args, composite)
    result = usable_method(args.method).run(composite) if edit is None else render(composite, edit)
    alpha = None if kind == "JPEG" else composite.alpha
    if kind == "PSD":
        write_atomic(args.out, composite_psd(composite, result, edit))
    else:
        write_picture(args.out, result, alpha=alpha, metadata=composite.metadata)
    if edit is not None:
        _export(args, composite, edit)
    print(_summary(args.out.name, composite, lost=composite.alpha is not None and alpha is None))
    return 0


def _result_format(path: Path) -> str:
    """Return the format that a file name states, PSD included. Raises BadImage for other suffixes."""
    return "PSD" if path.suffix.lower() == ".psd" else picture_format(path)


def _check_exports(args: argparse.Namespace) -> None:
    check_outputs(args.out, *(getattr(args, name) for name in EXPORTS))
    for path in (args.shading_png, args.layer):
        if path and path.suffix.lower() != ".png":
            raise BadEdit(f"{path.name} should end in .png.")


def _edit_for(args: argparse.Namespace, composite: Composite) -> Edit | None:
    """Return the edit to apply; None for a method that has none."""
    shading = 0.0 if args.curves_only else args.shading_strength
    if args.edit_in:
        look = read_look(args.edit_in.name, args.edit_in.read_bytes())
        if args.edit_in.suffix.lower() != ".json":
            print(look.about)
        return look.edit.blend(args.curves_strength, shading)
    method = usable_method(args.method)
    if method.predict is None:
        changed = (args.curves_strength, shading) != (1, 1)
        if changed or any(getattr(args, name) for name in EXPORTS):
            raise BadEdit(f"{method.name} does not work with curves, so there is no edit to use or write.")
        return None
    return method.predict(composite).blend(args.curves_strength, shading)


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
