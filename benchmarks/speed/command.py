"""Measure time and peak memory of `python -m model harmonize`, beside decoding and encoding alone.

    python -m benchmarks.speed.command [FILE.json]

The pictures are JPEGs of smooth noise with a mask over 20 %. Every measurement starts a new process and keeps
the best of three runs.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.common import machine
from benchmarks.speed.render import masks, picture

ROOT = Path(__file__).resolve().parents[2]
SIZES = (12, 24, 48)
RUNS = 3
CHANNELS = 3
IMPORTS = "import model.commands.harmonize, torch, model.network.network"
# The least that any program has to do: decode and encode with the same library.
CODEC = """
import numpy as np
from PIL import Image
image = np.asarray(Image.open("{image}").convert("RGB"))
Image.fromarray(image).save("{out}", quality=95, subsampling=0)
"""
PARTS = """
import json, time
from model.images.composite import Composite
from model.network.harmonizer import load_harmonizer
from model.images.files import read_matte, read_picture, write_picture
from model.edit.render import render
harmonizer = load_harmonizer()
times = {{}}
def timed(name, run):
    began = time.perf_counter()
    result = run()
    times[name] = 1000 * (time.perf_counter() - began)
    return result
picture = timed("decode", lambda: read_picture("{image}"))
matte = timed("decode the mask", lambda: read_matte("{mask}", picture.pixels.shape[:2]))
composite = timed("check", lambda: Composite(picture.pixels, matte))
edit = timed("predict", lambda: harmonizer.predict(composite))
result = timed("render", lambda: render(composite, edit))
timed("encode", lambda: write_picture("{out}", result))
print(json.dumps(times))
"""
# Wall time and peak memory of a process, measured by its parent.
PROBE = """
import resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run([sys.executable, *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL)
spent = time.perf_counter() - began
print(spent, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


@dataclass(frozen=True)
class Run:
    """Hold the measurements of one picture size.

    whole, imports, codec, start: seconds of the command, of imports alone, of decoding and encoding alone,
    and of starting that program. memory, idle_memory: peak of the whole process, MiB. parts: milliseconds by
    step.
    """

    megapixels: float
    whole: float
    imports: float
    codec: float
    start: float
    memory: float
    idle_memory: float
    parts: dict[str, float]

    @property
    def ratio(self) -> float:
        """Return the time without imports, divided by the time of decoding and encoding alone."""
        return (self.whole - self.imports) / (self.codec - self.start)

    @property
    def bytes_per_sample(self) -> float:
        """Return the peak memory above that of the idle process, in bytes for each channel of each pixel."""
        return (self.memory - self.idle_memory) * 2**20 / (self.megapixels * 1e6 * CHANNELS)


def probe(*arguments: str) -> tuple[float, float]:
    """Run a Python process RUNS times, and return the least seconds and the least peak memory in MiB."""
    runs = []
    for _ in range(RUNS):
        command = [sys.executable, "-c", PROBE, *arguments]
        answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        runs.append([float(value) for value in answer.stdout.split()])
    seconds, memory = np.min(runs, axis=0)
    return float(seconds), float(memory)


def measure(megapixels: float, folder: Path) -> Run:
    """Measure one picture size; its files are written into `folder`."""
    image = picture(megapixels, 1)
    files = {
        "image": str(folder / "image.jpg"),
        "mask": str(folder / "mask.png"),
        "out": str(folder / "out.jpg"),
    }
    cv2.imwrite(files["image"], cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])
    cv2.imwrite(files["mask"], (255 * dict(masks(image))["20 %"]).astype(np.uint8))
    imports, idle = probe("-c", IMPORTS)
    start, _ = probe("-c", "import numpy; from PIL import Image")
    codec, _ = probe("-c", CODEC.format(**files))
    whole, memory = probe("-m", "model", "harmonize", files["image"], files["mask"], "-o", files["out"])
    parts = subprocess.run(
        [sys.executable, "-c", PARTS.format(**files)], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return Run(megapixels, whole, imports, codec, start, memory, idle, json.loads(parts.stdout))


def main() -> None:
    """Print the measurements of every size, and write all numbers as JSON."""
    parser = parser_of(__doc__)
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE.json")
    file = parser.parse_args().file
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            run = measure(size, Path(folder))
            print(f"{size} MP: {run.whole:.2f} s, imports {run.imports:.2f}; decoding and encoding alone "
                  f"{run.codec - run.start:.2f}: {run.ratio:.2f} times as long; peak {run.memory:.0f} MiB, "
                  f"{run.bytes_per_sample:.1f} bytes for each channel of a pixel")  # fmt: skip
            print("  ".join(f"{name} {spent:.0f} ms" for name, spent in run.parts.items()), flush=True)
            derived = {"ratio": run.ratio, "bytes_per_sample": run.bytes_per_sample}
            runs.append(asdict(run) | derived)
    if file:
        file.write_text(json.dumps({"machine": machine(), "runs": runs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
