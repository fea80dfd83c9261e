"""Count the transactions and statements that a piece of code sends to a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event

WRITING = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER")


@dataclass
class SentTransaction:
    """Hold the statements of one transaction; may_write: it was begun for writing."""

    may_write: bool
    statements: list[str] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        return any(statement.lstrip().upper().startswith(WRITING) for statement in self.statements)


@dataclass
class Traffic:
    """Hold the transactions in the order in which they began."""

    transactions: list[SentTransaction] = field(default_factory=list)

    @property
    def writing(self) -> int:
        """Count the transactions that write, or keep other writers waiting."""
        return sum(one.writes or one.may_write for one in self.transactions)

    def count(self, text: str) -> int:
        """Count the statements with this text."""
        return sum(text in statement for one in self.transactions for statement in one.statements)


@contextmanager
def database_traffic(engine: Engine) -> Iterator[Traffic]:
    """Record everything that is sent through an engine while the block runs."""
    traffic = Traffic()

    def begin(connection: Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only", False)
        traffic.transactions.append(SentTransaction(may_write=not reads_only))

    def execute(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        traffic.transactions[-1].statements.append(statement)

    event.listen(engine, "begin", begin)
    event.listen(engine, "before_cursor_execute", execute)
    try:
        yield traffic
    finally:
        event.remove(engine, "begin", begin)
        event.remove(engine, "before_cursor_execute", execute)
