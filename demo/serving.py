"""Serve the application, and print its address and the organizer's sign-in address in the terminal."""

import asyncio
import gc
import logging
import socket
import sys

import uvicorn

from demo.environment import BadSettings
from demo.guard.connections import serving_options
from demo.organizer.access import SIGN_IN
from demo.organizer.sign_in_settings import OrganizerSettings
from demo.server import build_app
from demo.settings import Settings
from demo.shared_settings import with_shared_secrets

LOGGER = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Serve until stopped. Raises BadSettings, BadStudy and BadWeights."""
    logging.getLogger("uvicorn.error").addFilter(is_no_cancellation)
    with bind_socket(settings.host, settings.port) as listener:
        settings = with_shared_secrets(settings)
        app = build_app(settings)
        # See app.py: from now on, garbage is collected, among new objects only.
        gc.freeze()
        gc.enable()
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            # Open pages keep a connection: without a limit, stopping would wait for the last visitor.
            timeout_graceful_shutdown=2,
            **serving_options(settings.guard),
        )
        AnnouncingServer(config, settings).run(sockets=[listener])


def is_no_cancellation(record: logging.LogRecord) -> bool:
    """Return False for the report of a stream that was open when the server stopped, which is no fault."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class AnnouncingServer(uvicorn.Server):
    """Print the start message when the server accepts requests, not before."""

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the message: it may contain the organizer's key, which no log file may have."""
        await super().startup(sockets)
        if self.started:
            LOGGER.info("Serving on port %d", self._settings.port)
            if self._settings.organizers.off:
                LOGGER.warning(self._settings.organizers.off)
            sys.stdout.write(start_message(self._settings))
            sys.stdout.flush()


def bind_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, not listening yet. Raises BadSettings where that fails."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BadSettings(
            f"HOST and PORT: cannot serve on {host}, port {port} ({error.strerror or error}). "
            "Is another program using it? Set PORT=7861 to use another port."
        ) from error
    return listener


def start_message(settings: Settings) -> str:
    """Return the text that the terminal shows at the start."""
    address = public_address(settings)
    organizers = settings.organizers
    if organizers.made_key:
        organizer = f"{address}{SIGN_IN}#key={organizers.made_key}"
    elif organizers.off:
        organizer = organizers.off
    else:
        organizer = f"{address}/organizer (with {_ways(organizers)})"
    return (
        f"\n  HarmonyLab is ready:  {address}\n"
        f"  Data folder:          {settings.data_dir}\n"
        f"  Organizer signs in:   {organizer}\n"
        "  Ctrl+C stops it.\n\n"
    )


def _ways(organizers: OrganizerSettings) -> str:
    """Return the variables that state who may sign in."""
    set_ones = {
        "ORGANIZER_KEY": organizers.key,
        "ORGANIZER_KEYS": organizers.named_keys,
        "ORGANIZERS": organizers.accounts,
    }
    return ", ".join(name for name, value in set_ones.items() if value)


def public_address(settings: Settings) -> str:
    """Return the URL to open in a browser: that of the Space, or one of this machine."""
    if settings.space.host:
        return f"https://{settings.space.host}"
    return settings.own_address.removesuffix("/")
