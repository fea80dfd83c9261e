"""HarmonyLab: read the settings, build the application, serve it."""

import os
import sys

import uvicorn

from demo.server import build_app
from demo.settings import BadSettings, Settings
from model import BadWeights
from model.methods import BadMethod
from study.records import BadStudy


def main() -> int:
    """Serve until stopped; 2 when the settings, the database or the weights do not allow it."""
    try:
        settings = Settings.from_env(os.environ)
        os.environ.update(settings.gradio_environment)
        app = build_app(settings)
    except (BadMethod, BadSettings, BadStudy, BadWeights) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    # Open pages keep a connection: without a limit, stopping would wait for the last visitor.
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False, timeout_graceful_shutdown=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
