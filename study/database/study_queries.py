"""Query and change studies: their versions, methods, items, stimuli and pairs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, case, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from study.database.rows import DELETED, NewContext, NewStudy, PictureFiles, PictureRow, StudyRow
from study.database.schema import Base, Context, Item, Method, Pair, Stimulus, Study
from study.records import BadStudy, Layout

R = TypeVar("R")

# Built once, with parameters: building a statement takes several times as long as running it.
_OF_SLUG = select(Study.__table__).where(Study.slug == bindparam("slug"))
_DRAFTS_LAST = case((Study.activated_at.is_(None), 1), else_=0)
CURRENT = _OF_SLUG.order_by(_DRAFTS_LAST, Study.version.desc()).limit(1)
BY_ID = select(Study.__table__).where(Study.id == bindparam("study"))
VERSION = _OF_SLUG.where(Study.version == bindparam("version"))
LOCKED_STATUS = select(Study.status).where(Study.id == bindparam("study")).with_for_update(key_share=True)


def timestamp(moment: datetime) -> str:
    """Return a time as ISO 8601 text in UTC with milliseconds; the texts sort like the times."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@cache
def _insert_once(table: type[Base], dialect: str) -> Any:
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return build(table).on_conflict_do_nothing().returning(text("id"))


@cache
def _insert_into(table: type[Base]) -> Any:
    return insert(table)


class StudyQueries:
    """Query and change studies inside one transaction, in which the time (`now`) stays the same."""

    def __init__(self, connection: Connection, moment: datetime, home: Path) -> None:
        self.connection = connection
        self.home = home
        self.now = timestamp(moment)
        self._moment = moment

    def ago(self, span: timedelta) -> str:
        """Return the time that is so long before now."""
        return timestamp(self._moment - span)

    def test_write(self) -> None:
        """Write as a vote would, to the disk and to a new page, without any change to the content."""
        self.connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
        if self.connection.dialect.name == "sqlite":
            for command in ("SAVEPOINT probe", "CREATE TABLE probe (page)", "ROLLBACK TO probe"):
                self.connection.exec_driver_sql(command)

    def _one(self, kind: type[R], query: Any, **values: Any) -> R | None:
        """Return the only row of a query as a dataclass, None without a row."""
        found = self.connection.execute(query, values).mappings().one_or_none()
        return None if found is None else kind(**found)

    def _insert_once(self, table: type[Base], values: Mapping[str, Any]) -> int | None:
        """Insert a row unless a unique value exists already; return its id, or None."""
        statement = _insert_once(table, self.connection.dialect.name)
        return self.connection.execute(statement, values).scalar()

    def _insert(self, table: type[Base], values: Mapping[str, Any]) -> int:
        """Insert a row; return its id."""
        added = self.connection.execute(_insert_into(table), values).inserted_primary_key
        assert added is not None
        return int(added[0])

    def _stored(self, folder: str) -> str:
        """Return a path as it is stored: relative to the data folder where it lies inside."""
        path = Path(folder)
        return path.relative_to(self.home).as_posix() if path.is_relative_to(self.home) else folder

    def _placed(self, folder: str) -> str:
        """Return the full path of a stored one; earlier releases stored full paths."""
        return str(self.home / folder)

    # -------------------------------------------------------------- studies

    def study(self, slug: str, version: int | None = None) -> StudyRow:
        """Return a version of a study; without a number the newest that was activated, else the newest draft.

        Raises BadStudy for an unknown slug or version.
        """
        if version is None:
            row = self._one(StudyRow, CURRENT, slug=slug)
        else:
            row = self._one(StudyRow, VERSION, slug=slug, version=version)
        if row is None:
            which = "" if version is None else f" with a version {version}"
            raise BadStudy(f"There is no study called {slug!r}{which}. `python -m study list` lists them.")
        return replace(row, folder=self._placed(row.folder))

    def study_by_id(self, study: int) -> StudyRow:
        """Return the version with this id, which must exist."""
        row = self._one(StudyRow, BY_ID, study=study)
        assert row is not None
        return replace(row, folder=self._placed(row.folder))

    def lock_study(self, study: int) -> str:
        """Return the status of a study, and let other enrolments wait until this transaction ends."""
        return self.connection.execute(LOCKED_STATUS, {"study": study}).scalar_one()

    def config_text(self, study: int) -> str:
        """Return the frozen configuration of a study as JSON, "" where it has none."""
        return self.connection.execute(select(Study.config_json).where(Study.id == study)).scalar_one()

    def lock_studies(self) -> None:
        """Let others who add a study wait until this transaction ends; participants do not wait."""
        if self.connection.dialect.name == "postgresql":  # SQLite has one writer anyway
            self.connection.execute(text("LOCK TABLE study IN SHARE ROW EXCLUSIVE MODE"))

    def has_studies(self) -> bool:
        """Return True where the database has a study."""
        return self.connection.execute(select(Study.id).limit(1)).scalar() is not None

    def folder_of(self, study: int) -> str:
        """Return the path of the folder of a study's stimuli."""
        stored = self.connection.execute(select(Study.folder).where(Study.id == study)).scalar_one()
        return self._placed(stored)

    def study_folders(self) -> list[tuple[int, str, int, str, str]]:
        """Return id, slug, version, SHA-256 of the manifest, and folder of every version."""
        query = select(Study.id, Study.slug, Study.version, Study.sha256, Study.folder).order_by(Study.id)
        rows = self.connection.execute(query.where(Study.slug.not_like(f"{DELETED}%")))
        return [(row.id, row.slug, row.version, row.sha256, self._placed(row.folder)) for row in rows]

    def find_version(self, slug: str, sha256: str) -> int | None:
        """Return the id of the version whose manifest has this SHA-256, None without one."""
        query = select(Study.id).where(Study.slug == slug, Study.sha256 == sha256)
        return self.connection.execute(query).scalar()

    def move_study(self, study: int, folder: str) -> None:
        """Store another path of the folder of a study's stimuli."""
        self.connection.execute(update(Study).where(Study.id == study).values(folder=self._stored(folder)))

    def set_status(self, study: int, status: str) -> None:
        """Set the status to active, paused or closed; participants enrol in active studies only.

        The time of the first activation stays.
        """
        values: dict[str, Any] = {"status": status}
        if status == "active":
            values["activated_at"] = func.coalesce(Study.activated_at, self.now)
        self.connection.execute(update(Study).where(Study.id == study).values(**values))

    def set_default(self, study: int) -> None:
        """Let a bare address serve this study, and no other."""
        self.connection.execute(update(Study).where(Study.is_default).values(is_default=False))
        self.connection.execute(update(Study).where(Study.id == study).values(is_default=True))

    def open_results(self, study: int) -> None:
        """Let everybody read the results of a study."""
        self.connection.execute(update(Study).where(Study.id == study).values(results_access="public"))

    def add_study(self, study: NewStudy) -> int:
        """Add the next version of a study as a draft; return its id."""
        versions = select(func.max(Study.version)).where(Study.slug == study.slug)
        version = (self.connection.execute(versions).scalar() or 0) + 1
        row = {**vars(study), "version": version, "created_at": self.now, "status": "draft"}
        return self._insert(Study, {**row, "folder": self._stored(study.folder)})

    # ---------------------------------------------------- methods and items

    def add_method(self, study: int, key: str, title: str, is_anchor: bool) -> int:
        """Add a method; return its id."""
        values = {"study_id": study, "key": key, "title": title, "is_anchor": is_anchor}
        return self._insert(Method, values)

    def add_item(
        self,
        study: int,
        key: str,
        size: tuple[int, int],
        stimuli: Mapping[int, PictureFiles],
        practice: bool = False,
    ) -> int:
        """Add an item of (width, height) pixels with its stimuli, by id of the method, and all their pairs.

        practice: show the item in practice trials only. Return the id of the item.
        """
        item = self._add_item(study, key, size, is_practice=practice)
        ids = sorted(self._add_stimulus(item, method, file) for method, file in stimuli.items())
        kind = "practice" if practice else "main"
        pairs = [
            {"study_id": study, "item_id": item, "stim_lo": low, "stim_hi": high, "kind": kind}
            for i, low in enumerate(ids)
            for high in ids[i + 1 :]
        ]
        self.connection.execute(insert(Pair), pairs)
        return item

    def add_gold(
        self, study: int, key: str, size: tuple[int, int], better: PictureFiles, worse: PictureFiles
    ) -> int:
        """Add a gold pair: two pictures of (width, height) pixels, without methods, with a known answer.

        Return the id of the item.
        """
        return self._add_known(self._add_item(study, key, size, is_gold=True), study, "gold", better, worse)

    def add_practice(
        self, study: int, key: str, size: tuple[int, int], better: PictureFiles, worse: PictureFiles
    ) -> int:
        """Add a practice pair as `add_gold` adds a gold pair; return the id of the item."""
        item = self._add_item(study, key, size, is_practice=True)
        return self._add_known(item, study, "practice", better, worse)

    def _add_known(self, item: int, study: int, kind: str, better: PictureFiles, worse: PictureFiles) -> int:
        low, high = (self._add_stimulus(item, None, file) for file in (better, worse))
        ends = {"stim_lo": low, "stim_hi": high, "expected_stim": low}
        self._insert(Pair, {"study_id": study, "item_id": item, "kind": kind, **ends})
        return item

    def add_context(self, item: int, role: str, context: NewContext) -> None:
        """Add a picture or a text that is shown with both stimuli of an item."""
        self._insert(Context, {"item_id": item, "role": role, **vars(context)})

    def _add_item(self, study: int, key: str, size: tuple[int, int], **kind: bool) -> int:
        values = {"study_id": study, "key": key, "width": size[0], "height": size[1], **kind}
        return self._insert(Item, values)

    def _add_stimulus(self, item: int, method: int | None, files: PictureFiles) -> int:
        return self._insert(Stimulus, {"method_id": method, "item_id": item, **vars(files)})

    def stimuli_beside(self, stimulus: int) -> list[PictureRow]:
        """Return all stimuli of the item of this stimulus, itself included; none for an unknown id."""
        item = select(Stimulus.item_id).where(Stimulus.id == stimulus).scalar_subquery()
        return self._pictures(Stimulus, Stimulus.item_id == item)

    def stimuli_of(self, study: int) -> list[PictureRow]:
        """Return all stimuli of a study."""
        return self._pictures(Stimulus, Item.study_id == study)

    def context(self, context: int) -> list[PictureRow]:
        """Return the picture of a context as a list of one; an empty list for an unknown id."""
        return self._pictures(Context, Context.id == context)

    def contexts_of(self, study: int) -> list[PictureRow]:
        """Return all pictures of a study that are shown with stimuli."""
        return self._pictures(Context, (Item.study_id == study) & (Context.file != ""))

    def _pictures(self, table: type[Stimulus | Context], condition: Any) -> list[PictureRow]:
        query = (
            select(table.id, table.file, table.sha256, table.smaller_json, Study.folder, Item.width)
            .join(Item, table.item_id == Item.id)
            .join(Study, Item.study_id == Study.id)
            .where(condition)
            .order_by(table.id)
        )
        rows = self.connection.execute(query)
        return [replace(PictureRow(*row), folder=self._placed(row.folder)) for row in rows]

    def layout(self, study: int) -> Layout:
        """Return the ids that trials of a study are made of; they never change."""
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
            gold=tuple(
                (good, high if good == low else low)
                for kind, _, low, high, good in pairs
                if kind == "gold" and good
            ),
            practice=tuple((low, high) for kind, _, low, high, _ in pairs if kind == "practice"),
            practice_items=self._practice_items(study),
        )

    def _practice_items(self, study: int) -> tuple[tuple[int, ...], ...]:
        """Return the stimuli of each item for practice."""
        query = select(Stimulus.item_id, Stimulus.id).join(Item).order_by(Stimulus.item_id, Stimulus.id)
        of_methods = (Item.study_id == study, Item.is_practice, Stimulus.method_id.is_not(None))
        rows = self.connection.execute(query.where(*of_methods))
        by_item = groupby(rows, key=lambda row: row.item_id)
        return tuple(tuple(row.id for row in found) for _, found in by_item)
