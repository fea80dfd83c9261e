"""What the database knows of studies: versions, methods, items, stimuli and pairs."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from study.database.schema import Base, Item, Method, Pair, Stimulus, Study
from study.records import BadStudy, Layout

Row: TypeAlias = Mapping[str, Any]
# Made once, with a place for the slug: to build a statement costs several times what it takes to run it.
NEWEST = (
    select(Study.__table__).where(Study.slug == bindparam("slug")).order_by(Study.version.desc()).limit(1)
)
NEWEST_FOR_UPDATE = NEWEST.with_for_update(key_share=True)


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds; sorts as text."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@cache
def _insert_once(table: type[Base], dialect: str) -> Any:
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return build(table).on_conflict_do_nothing().returning(text("id"))


@cache
def _insert_into(table: type[Base]) -> Any:
    return insert(table)


class Catalogue:
    """Questions and changes inside one transaction, about studies; it is the same moment throughout."""

    def __init__(self, connection: Connection, moment: datetime) -> None:
        self.connection = connection
        self.now = timestamp(moment)
        self._moment = moment

    def ago(self, span: timedelta) -> str:
        """The time that long before now."""
        return timestamp(self._moment - span)

    def probe(self) -> None:
        """Write as a vote would: to the disk, and to a page of its own; nothing is different afterwards."""
        self.connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
        if self.connection.dialect.name == "sqlite":
            for command in ("SAVEPOINT probe", "CREATE TABLE probe (page)", "ROLLBACK TO probe"):
                self.connection.exec_driver_sql(command)

    def _row(self, query: Any, **values: Any) -> Row | None:
        found = self.connection.execute(query, values).mappings().one_or_none()
        return None if found is None else dict(found)

    def _insert_once(self, table: type[Base], **values: Any) -> int | None:
        """Insert unless a unique value is taken; the new row's id, or None."""
        return self.connection.execute(_insert_once(table, self.connection.dialect.name), values).scalar()

    def _insert(self, table: type[Base], **values: Any) -> int:
        """Insert a row; its id."""
        added = self.connection.execute(_insert_into(table), values).inserted_primary_key
        assert added is not None
        return int(added[0])

    def study(self, slug: str, lock: bool = False) -> Row:
        """The newest version. `lock` makes others who want to plan trials wait. Raises BadStudy."""
        row = self._row(NEWEST_FOR_UPDATE if lock else NEWEST, slug=slug)
        if row is None:
            raise BadStudy(f"There is no study called {slug!r}. `python -m study build` makes one.")
        return row

    def config_text(self, study: int) -> str:
        """Return the frozen configuration of a study as JSON, "" where it has none."""
        return self.connection.execute(select(Study.config_json).where(Study.id == study)).scalar_one()

    def lock_studies(self) -> None:
        """Let nobody else add a study until this transaction ends; participants do not wait for it."""
        if self.connection.dialect.name == "postgresql":  # SQLite has one writer anyway
            self.connection.execute(text("LOCK TABLE study IN SHARE ROW EXCLUSIVE MODE"))

    def has_studies(self) -> bool:
        """Tell if there is any study."""
        return self.connection.execute(select(Study.id).limit(1)).scalar() is not None

    def folder_of(self, study: int) -> str:
        """Return where the stimuli were when the study was registered, or moved."""
        return self.connection.execute(select(Study.folder).where(Study.id == study)).scalar_one()

    def find_version(self, slug: str, sha256: str) -> int | None:
        """Id of the version with this manifest."""
        query = select(Study.id).where(Study.slug == slug, Study.sha256 == sha256)
        return self.connection.execute(query).scalar()

    def move_study(self, study: int, folder: str) -> None:
        """Say where the stimuli are now."""
        self.connection.execute(update(Study).where(Study.id == study).values(folder=folder))

    def set_status(self, study: int, status: str) -> None:
        """draft, active, paused or closed; only an active study is open to participants."""
        self.connection.execute(update(Study).where(Study.id == study).values(status=status))

    def add_study(self, slug: str, **values: Any) -> int:
        """Add the next version of a study; its id."""
        newest = self.connection.execute(select(func.max(Study.version)).where(Study.slug == slug)).scalar()
        values = {"created_at": self.now, "activated_at": self.now, **values}
        return self._insert(Study, slug=slug, version=(newest or 0) + 1, **values)

    def add_method(self, study: int, key: str, title: str, is_anchor: bool) -> int:
        """Add a method; its id."""
        return self._insert(Method, study_id=study, key=key, title=title, is_anchor=is_anchor)

    def add_item(
        self,
        study: int,
        key: str,
        size: tuple[int, int],
        stimuli: dict[int, tuple[str, str]],
        practice: bool = False,
    ) -> None:
        """Add an item of (width, height), its stimuli (method id → file, SHA-256) and all their pairs.

        Items for practice are shown in practice only.
        """
        item = self._add_item(study, key, size, is_practice=practice)
        ids = sorted(self._add_stimulus(item, method, *file) for method, file in stimuli.items())
        kind = "practice" if practice else "main"
        pairs = [
            {"study_id": study, "item_id": item, "stim_lo": low, "stim_hi": high, "kind": kind}
            for i, low in enumerate(ids)
            for high in ids[i + 1 :]
        ]
        self.connection.execute(insert(Pair), pairs)

    def add_gold(
        self, study: int, key: str, size: tuple[int, int], better: tuple[str, str], worse: tuple[str, str]
    ) -> None:
        """Add a pair with a known answer: two pictures (file, SHA-256) that no method made."""
        item = self._add_item(study, key, size, is_gold=True)
        low, high = (self._add_stimulus(item, None, *file) for file in (better, worse))
        ends = {"stim_lo": low, "stim_hi": high, "expected_stim": low}
        self._insert(Pair, study_id=study, item_id=item, kind="gold", **ends)

    def _add_item(self, study: int, key: str, size: tuple[int, int], **values: Any) -> int:
        return self._insert(Item, study_id=study, key=key, width=size[0], height=size[1], **values)

    def _add_stimulus(self, item: int, method: int | None, file: str, digest: str) -> int:
        return self._insert(Stimulus, method_id=method, item_id=item, file=file, sha256=digest)

    def stimuli_beside(self, stimulus: int) -> list[Row]:
        """List the stimuli of the item of this one: id, file, sha256, and the folder of the study."""
        item = select(Stimulus.item_id).where(Stimulus.id == stimulus).scalar_subquery()
        return self._stimuli(Stimulus.item_id == item)

    def stimuli_of(self, study: int) -> list[Row]:
        """List all stimuli of a study, like `stimuli_beside`."""
        return self._stimuli(Item.study_id == study)

    def _stimuli(self, condition: Any) -> list[Row]:
        query = (
            select(Stimulus.id, Stimulus.file, Stimulus.sha256, Study.folder)
            .join(Item, Stimulus.item_id == Item.id)
            .join(Study, Item.study_id == Study.id)
            .where(condition)
            .order_by(Stimulus.id)
        )
        return [dict(row) for row in self.connection.execute(query).mappings()]

    def layout(self, study: int) -> Layout:
        """Everything that trials of a study are made of; it never changes."""
        methods = self.connection.scalars(
            select(Method.id).where(Method.study_id == study).order_by(Method.id)
        )
        main = (Item.study_id == study, Item.is_gold.is_(False), Item.is_practice.is_(False))
        items = self.connection.scalars(select(Item.id).where(*main).order_by(Item.id))
        stimuli = select(Stimulus.method_id, Stimulus.item_id, Stimulus.id).join(Item).where(*main)
        pairs = self.connection.execute(
            select(Pair.kind, Pair.id, Pair.stim_lo, Pair.stim_hi, Pair.expected_stim)
            .where(Pair.study_id == study)
            .order_by(Pair.id)
        ).all()
        return Layout(
            methods=tuple(methods),
            items=tuple(items),
            stimuli={(method, item): key for method, item, key in self.connection.execute(stimuli) if method},
            pairs={(low, high): key for _, key, low, high, _ in pairs},
            gold=tuple((good, high if good == low else low) for _, _, low, high, good in pairs if good),
            practice=tuple((low, high) for kind, _, low, high, _ in pairs if kind == "practice"),
        )
