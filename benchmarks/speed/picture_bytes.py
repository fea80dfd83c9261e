"""Measure the bytes of a study's pictures in each stored size, as lossless WebP and as PNG.

    python -m benchmarks.speed.picture_bytes

The pictures are the composites of the example study. The time is that of both pictures of a pair on a line of
3 Mbit/s.
"""

import time

import cv2
import numpy as np

from benchmarks.arguments import parser_of
from demo.examples import EXAMPLES
from model.images.files import read_picture
from study.collect.picture_sizes import lossless_webp, scaled, stored_sizes

LINE = 3e6 / 8  # bytes a second


def main() -> None:
    """Print one row for each size."""
    parser_of(__doc__).parse_args()
    pictures = [read_picture(example.composite).pixels for example in EXAMPLES]
    sizes = [stored_sizes(picture.shape[1], picture.shape[0]) for picture in pictures]
    print("| longer side | PNG, kB | WebP, kB | share | pair at 3 Mbit/s, s | encoding, s |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for level in range(min(map(len, sizes))):
        small = [scaled(picture, size[level]) for picture, size in zip(pictures, sizes, strict=True)]
        png = np.mean([len(cv2.imencode(".png", one[:, :, ::-1])[1]) for one in small])
        began = time.perf_counter()
        webp = np.mean([len(lossless_webp(one)) for one in small])
        seconds = (time.perf_counter() - began) / len(small)
        side = max(sizes[0][level])
        share = f"{webp / png:.0%}".replace("%", " %")
        print(
            f"| {side} | {png / 1e3:.0f} | {webp / 1e3:.0f} | {share} "
            f"| {2 * webp / LINE:.1f} | {seconds:.2f} |"
        )


if __name__ == "__main__":
    main()
