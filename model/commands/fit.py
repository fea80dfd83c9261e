"""Run `python -m model fit`: fit an edit to the result of another program."""

import argparse
from pathlib import Path

from model.edit.fit import same_view, upscale_result
from model.images.arrays import BadImage
from model.images.composite import Composite
from model.images.files import check_outputs, picture_format, read_picture, write_atomic, write_picture

MIN_SIDE = 16


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    command.add_argument("image", type=Path, help="the composite")
    command.add_argument("mask", type=Path, help="white where the object is")
    command.add_argument("result", type=Path, help="what another program made of it, of this size or smaller")
    command.add_argument("-o", "--out", type=Path, help="the same at full size: .png, .jpg, .webp or .tif")
    command.add_argument("--edit-out", type=Path, metavar="JSON", help="write the edit")


def run(args: argparse.Namespace) -> int:
    """Fit an edit, write the files asked for, and print the share of the change they explain."""
    if args.out:
        picture_format(args.out)
    check_outputs(args.out, args.edit_out)
    composite = Composite.from_files(args.image, args.mask)
    result = read_picture(args.result).pixels
    if min(result.shape[:2]) < MIN_SIDE:
        raise BadImage(f"{args.result.name} is too small. It should have {MIN_SIDE} pixels a side or more.")
    if not same_view(result.shape, composite.matte.shape):
        raise BadImage(f"{args.result.name} has another form than the picture, so it cannot show the same.")
    picture, fit = upscale_result(composite, result)
    if args.out:
        alpha = None if picture_format(args.out) == "JPEG" else composite.alpha
        write_picture(args.out, picture, alpha=alpha, metadata=composite.metadata)
    if args.edit_out:
        write_atomic(args.edit_out, fit.edit.to_json().encode())
    left = f"{fit.residual:.1f} levels are left"
    print(f"colour changes and shading explain {fit.explained:.1%} of the change; {left}")
    return 0
