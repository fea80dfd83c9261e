"""Run `python -m model mask`: write a mask for a picture that has none."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from model.images.arrays import BadImage, Matte, Picture
from model.images.files import check_outputs, picture_format, read_matte, read_picture, write_picture
from model.masks.automatic import (
    Box,
    mask_by_saliency,
    mask_from_alpha,
    mask_from_background,
    mask_from_box,
    mask_from_strokes,
)
from model.masks.matting import refine_matte

ON_OBJECT, ON_BACKGROUND = 0.75, 0.25  # strokes brighter than this


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    command.add_argument("image", type=Path, help="the composite, or a cut-out with transparency")
    command.add_argument("-o", "--out", type=Path, required=True, help="the mask: .png, .tif or .webp")
    ways = command.add_mutually_exclusive_group()
    ways.add_argument("--background", type=Path, help="the picture without the object")
    ways.add_argument("--box", metavar="X,Y,W,H", help="a box around the object, in pixels from the top left")
    ways.add_argument(
        "--strokes",
        type=Path,
        metavar="PNG",
        help="a black picture of the same size with white strokes on the object, grey ones beside it",
    )
    ways.add_argument("--model", type=Path, metavar="ONNX", help="a U²-Net, such as u2netp.onnx")
    command.add_argument("--refine", action="store_true", help="estimate hair and soft edges anew")


def run(args: argparse.Namespace) -> int:
    """Find and write the mask. Without an option for a way to find it, the picture's transparency is used."""
    if picture_format(args.out) == "JPEG":
        raise BadImage(f"{args.out.name} would not keep the mask as it is. Please use .png, .tif or .webp.")
    check_outputs(args.out)
    picture = read_picture(args.image)
    matte = _find(args, picture)
    if args.refine:
        matte = refine_matte(picture.pixels, matte)
    grey = np.rint(255 * matte).astype(np.uint8)
    write_picture(args.out, cv2.merge([grey, grey, grey]))
    print(f"{args.out.name}: the object covers {100 * matte.mean():.1f} % of the picture")
    return 0


def _find(args: argparse.Namespace, picture: Picture) -> Matte:
    if args.background:
        return mask_from_background(picture.pixels, read_picture(args.background).pixels)
    if args.box:
        return mask_from_box(picture.pixels, _box(args.box))
    if args.strokes:
        strokes = read_matte(args.strokes, picture.pixels.shape[:2])
        inside, touched = strokes > ON_OBJECT, strokes > ON_BACKGROUND
        return mask_from_strokes(picture.pixels, inside, touched & ~inside)
    if args.model:
        return mask_by_saliency(picture.pixels, args.model)
    return mask_from_alpha(picture)


def _box(text: str) -> Box:
    try:
        return Box(*map(int, text.split(",")))
    except (ValueError, TypeError):
        raise BadImage(f"--box should be four whole numbers like 120,80,300,400, not {text!r}.") from None
