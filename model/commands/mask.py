"""Run `python -m model mask`: write a mask for a picture that has none."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from model.images.arrays import BadImage, Picture
from model.images.files import check_outputs, picture_format, read_matte, read_picture, write_picture
from model.masks.automatic import mask_from_alpha, mask_from_background, mask_from_strokes
from model.masks.matting import refine_matte
from model.masks.prompted import shipped_network
from model.masks.prompts import Area, Click
from model.masks.saliency import SalientObjects, installed_network, mask_by_saliency
from model.masks.select import FoundMask, ObjectFinder

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
    ways.add_argument("--click", metavar="X,Y", help="a place on the object, in pixels from the top left")
    ways.add_argument("--main", action="store_true", help="the object that a viewer sees first")
    ways.add_argument("--model", type=Path, metavar="ONNX", help="a U²-Net alone, such as u2netp.onnx")
    command.add_argument("--refine", action="store_true", help="estimate hair and soft edges anew")


def run(args: argparse.Namespace) -> int:
    """Find and write the mask. Without an option for a way to find it, the picture's transparency is used."""
    if picture_format(args.out) == "JPEG":
        raise BadImage(f"{args.out.name} would not keep the mask as it is. Please use .png, .tif or .webp.")
    check_outputs(args.out)
    picture = read_picture(args.image)
    found = _find(args, picture)
    matte = refine_matte(picture.pixels, found.matte) if args.refine else found.matte
    grey = np.rint(255 * matte).astype(np.uint8)
    write_picture(args.out, cv2.merge([grey, grey, grey]))
    print(f"{args.out.name}: the object covers {100 * matte.mean():.1f} % of the picture, by {found.tool}")
    return 0


def _find(args: argparse.Namespace, picture: Picture) -> FoundMask:
    pixels, finder = picture.pixels, ObjectFinder(shipped_network(), installed_network())
    if args.background:
        behind = read_picture(args.background).pixels
        return FoundMask(mask_from_background(pixels, behind), "the difference from the background")
    if args.box:
        left, top, width, height = _numbers("--box", args.box, "120,80,300,400")
        return finder.in_box(pixels, Area(left, top, left + width, top + height))
    if args.click:
        x, y = _numbers("--click", args.click, "270,280")
        return finder.at_clicks(pixels, [Click(x + 0.5, y + 0.5)])
    if args.main:
        return finder.main_object(pixels)
    if args.strokes:
        strokes = read_matte(args.strokes, pixels.shape[:2])
        inside, touched = strokes > ON_OBJECT, strokes > ON_BACKGROUND
        return FoundMask(
            mask_from_strokes(pixels, inside, touched & ~inside), "strokes and colours (GrabCut)"
        )
    if args.model:
        return FoundMask(mask_by_saliency(pixels, SalientObjects(args.model)), args.model.name)
    return FoundMask(mask_from_alpha(picture), "its transparency")


def _numbers(option: str, text: str, example: str) -> list[int]:
    """Return the whole numbers of an option, as many as its example has. Raises BadImage."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != len(example.split(",")):
        raise BadImage(f"{option} should be whole numbers like {example}, not {text!r}.")
    return numbers
