"""Write the folder of a Hugging Face Space: code, weights and requirements, without tests and documents.

python -m scripts.make_space OUT [--hardware cpu|zero]
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PUSHED = ("app.py", "demo", "model", "study", "LICENSE", "LICENSE_MODEL")
README = ROOT / "deploy" / "space" / "README.md"
MOST_MEGABYTES = 60
# On Linux, PyTorch's default build is the one for graphics cards, of several gigabytes.
CPU_TORCH = "--extra-index-url https://download.pytorch.org/whl/cpu\ntorch==2.13.0+cpu"
ZERO_TORCH = "torch>=2.8,<2.12"  # the versions that ZeroGPU lists
ZERO_PYTHON = "3.12.12"  # ZeroGPU accepts few exact versions
POSTGRESQL = "psycopg[binary]>=3.2,<4"
BINARY = ("jpg", "png", "safetensors", "webp", "woff2")


class BadFolder(ValueError):
    """Report a folder that cannot be used; the message states the remedy."""


def write_space(out: Path, hardware: str) -> int:
    """Write the folder of a Space; return its size in bytes. Raises BadFolder.

    hardware: "cpu", or "zero" for ZeroGPU. Files of a clone of the Space, a folder with `.git`, are replaced.
    """
    _clear(out)
    for name in _tracked():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    (out / "README.md").write_text(_readme(hardware), encoding="utf-8")
    (out / "requirements.txt").write_text(_requirements(hardware), encoding="utf-8")
    (out / ".gitattributes").write_text(
        "".join(f"*.{kind} filter=lfs diff=lfs merge=lfs -text\n" for kind in BINARY), encoding="utf-8"
    )
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file() and ".git" not in path.parts)
    if size > MOST_MEGABYTES * 1e6:
        raise BadFolder(f"The folder has {size / 1e6:.0f} MB: more than {MOST_MEGABYTES} MB are not pushed.")
    return size


def _clear(out: Path) -> None:
    """Make an empty folder; in a clone, delete everything but `.git`."""
    entries = list(out.iterdir()) if out.is_dir() else []
    if entries and not (out / ".git").exists():
        raise BadFolder(f"{out} is not empty. Please choose a new folder, or a clone of the Space.")
    for entry in entries:
        if entry.name == ".git":
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    out.mkdir(parents=True, exist_ok=True)


def _tracked() -> list[str]:
    """Return the files under version control that are pushed: no caches and no data."""
    command = ["git", "ls-files", "-z", "--", *PUSHED]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise BadFolder(
            "The list of files comes from git: please run this in a clone of HarmonyLab."
        ) from None
    return [name for name in listed.split("\0") if name]


def _readme(hardware: str) -> str:
    text = README.read_text(encoding="utf-8")
    if hardware == "cpu":
        return text.replace("app_file:", "suggested_hardware: cpu-basic\napp_file:", 1)
    text = text.replace('python_version: "3.12"', f'python_version: "{ZERO_PYTHON}"', 1)
    return text.replace("app_file:", "suggested_hardware: zero-a10g\napp_file:", 1)


def _requirements(hardware: str) -> str:
    """Return the requirements of the server, with the build of PyTorch for the hardware."""
    names = ["requirements.txt"] if hardware == "cpu" else ["requirements.txt", "requirements-optional.txt"]
    lines = [line for name in names for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    torch = CPU_TORCH if hardware == "cpu" else ZERO_TORCH
    kept = [torch if line.startswith("torch>") else line for line in lines]
    more = [POSTGRESQL] if hardware == "cpu" else [POSTGRESQL, "spaces>=0.51,<1"]
    return "\n".join([*kept, *more]) + "\n"


def main() -> int:
    """Write the folder, and print the command that pushes it."""
    parser = argparse.ArgumentParser(description="Write the folder of a Hugging Face Space.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--hardware", choices=("cpu", "zero"), default="cpu")
    given = parser.parse_args()
    try:
        size = write_space(given.out, given.hardware)
    except BadFolder as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(f"{given.out}: {size / 1e6:.1f} MB. To push it:")
    print(f"  hf upload YOUR_NAME/YOUR_SPACE {given.out} . --repo-type space --delete '*'")
    return 0


if __name__ == "__main__":
    sys.exit(main())
