"""HarmonyLab: read the settings, build the application, serve it."""

import gc
import os
import sys

from demo.environment import BadSettings
from demo.monitoring.logs import set_up_logs
from demo.renders.worker import prepare
from demo.settings import Settings
from model import BadWeights
from model.methods import BadMethod
from study.records import BadStudy


def main() -> int:
    """Serve until stopped; return 2 when the settings, the database or the weights cannot be used."""
    # The objects that a start makes stay: looking for garbage among them takes a fifth of its time.
    gc.disable()
    try:
        settings = Settings.from_env(os.environ)
        set_up_logs(settings.operations.log_level, settings.operations.log_file)
        os.environ.update(settings.gradio_environment)
        prepare()
        # Gradio reads its environment when it is imported.
        from demo.serving import serve

        serve(settings)
    except (BadMethod, BadSettings, BadStudy, BadWeights) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
