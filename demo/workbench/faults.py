"""Refuse a request of the workbench: one exception, with a status and a message for people."""


class BenchFault(Exception):
    """Refuse a request; `wait`: seconds after which another try makes sense, 0 where it does not."""

    def __init__(self, status: int, message: str, wait: int = 0) -> None:
        super().__init__(message)
        self.status, self.message, self.wait = status, message, wait


def unknown_session() -> BenchFault:
    """Return the refusal of a token that no session has."""
    return BenchFault(404, "This picture was deleted after a day. Please open it again.")


def unknown_file() -> BenchFault:
    """Return the refusal of a file id that the session does not have."""
    return BenchFault(404, "This file is not here any more. Please add it again.")


def unreadable(where: str = "") -> BenchFault:
    """Return the refusal of a body that cannot be used."""
    detail = f" ({where})" if where else ""
    return BenchFault(422, f"The server cannot read this request{detail}. Please reload the page.")
