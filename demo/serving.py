"""Serve the application, and say in the terminal where it is and how its organizer gets in."""

import logging
import socket
import sys

import uvicorn

from demo.api.organizer_access import SIGN_IN
from demo.environment import BadSettings
from demo.guard.connections import serving_options
from demo.server import build_app
from demo.settings import Settings

LOGGER = logging.getLogger(__name__)
EVERYWHERE = ("0.0.0.0", "::")


def serve(settings: Settings) -> None:
    """Serve until stopped. Raises BadSettings, BadStudy or BadWeights where that is not possible."""
    with bound(settings.host, settings.port) as listener:
        config = uvicorn.Config(
            build_app(settings),
            log_config=None,
            access_log=False,
            # Open pages keep a connection: without a limit, stopping would wait for the last visitor.
            timeout_graceful_shutdown=2,
            **serving_options(settings.guard),
        )
        Announced(config, settings).run(sockets=[listener])


class Announced(uvicorn.Server):
    """Tell people where the server is once it answers, not before."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as usual, then write to the terminal: the key is for its reader, and for no file."""
        await super().startup(sockets)
        if self.started:
            LOGGER.info("Serving on port %d", self._settings.port)
            sys.stdout.write(welcome(self._settings))
            sys.stdout.flush()


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that has its address but does not answer yet. Raises BadSettings where it is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BadSettings(
            f"HOST and PORT: cannot serve on {host}, port {port} ({error.strerror or error}). "
            "Is another program using it? PORT=7861 takes another one."
        ) from error
    return listener


def welcome(settings: Settings) -> str:
    """Return what the terminal shows at the start."""
    address = address_of(settings)
    operations = settings.operations
    if operations.key_from_environment:
        organizer = f"{address}/organizer (the key is the one in ORGANIZER_KEY)"
    else:
        organizer = f"{address}{SIGN_IN}#key={operations.organizer_key}"
    return (
        f"\n  HarmonyLab is ready:  {address}\n"
        f"  Data folder:          {settings.data_dir}\n"
        f"  Organizer signs in:   {organizer}\n"
        "  Ctrl+C stops it.\n\n"
    )


def address_of(settings: Settings) -> str:
    """Return the address to open: that of the Space, or one of this computer."""
    if settings.space.host:
        return f"https://{settings.space.host}"
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
