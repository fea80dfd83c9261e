"""The changes that use cases are made of, and what they must know first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import RowMapping
from sqlalchemy.orm import aliased

from study.records import BadStudy, Cell
from study.schema import Base, Item, Method, Pair, Participant, Stimulus, Study, Trial, VoteRow

LeftStimulus, RightStimulus = aliased(Stimulus), aliased(Stimulus)


class Transaction:
    """The questions and changes that use cases are made of; `now` is the same throughout."""

    def __init__(self, connection: Connection, now: str) -> None:
        self.connection = connection
        self.now = now

    def _rows(self, query: Any) -> Sequence[RowMapping]:
        return self.connection.execute(query).mappings().all()

    def _row(self, query: Any) -> RowMapping | None:
        return self.connection.execute(query).mappings().one_or_none()

    def _insert_once(self, table: type[Base], **values: Any) -> int | None:
        """Insert unless a unique value is taken; the new row's id, or None."""
        build = postgresql.insert if self.connection.dialect.name == "postgresql" else sqlite.insert
        statement = build(table).values(**values).on_conflict_do_nothing().returning(text("id"))
        return self.connection.execute(statement).scalar()

    def _insert(self, table: type[Base], **values: Any) -> int:
        """Insert a row; its id."""
        added = self.connection.execute(insert(table).values(**values)).inserted_primary_key
        assert added is not None
        return int(added[0])

    # ------------------------------------------------------------- studies

    def study(self, slug: str, lock: bool = False) -> RowMapping:
        """The newest version. `lock` makes others who want to plan trials wait. Raises BadStudy."""
        query = select(Study.__table__).where(Study.slug == slug).order_by(Study.version.desc()).limit(1)
        row = self._row(query.with_for_update() if lock else query)
        if row is None:
            raise BadStudy(f"There is no study called {slug!r}. `python -m study build` makes one.")
        return row

    def find_version(self, slug: str, sha256: str) -> int | None:
        """Id of the version with this manifest."""
        query = select(Study.id).where(Study.slug == slug, Study.sha256 == sha256)
        return self.connection.execute(query).scalar()

    def move_study(self, study: int, folder: str) -> None:
        """Say where the stimuli are now."""
        self.connection.execute(update(Study).where(Study.id == study).values(folder=folder))

    def add_study(self, slug: str, **values: Any) -> int:
        """Add the next version of a study; its id."""
        newest = self.connection.execute(select(func.max(Study.version)).where(Study.slug == slug)).scalar()
        return self._insert(Study, slug=slug, version=(newest or 0) + 1, created_at=self.now, **values)

    def add_method(self, study: int, key: str, title: str, is_anchor: bool) -> int:
        """Add a method; its id."""
        return self._insert(Method, study_id=study, key=key, title=title, is_anchor=is_anchor)

    def add_item(
        self, study: int, key: str, size: tuple[int, int], stimuli: dict[int, tuple[str, str]]
    ) -> None:
        """Add an item of (width, height), its stimuli (method id → file, SHA-256) and all their pairs."""
        item = self._insert(Item, study_id=study, key=key, width=size[0], height=size[1])
        ids = sorted(
            self._insert(Stimulus, method_id=method, item_id=item, file=file, sha256=digest)
            for method, (file, digest) in stimuli.items()
        )
        pairs = [
            {"study_id": study, "item_id": item, "stim_lo": low, "stim_hi": high, "kind": "main"}
            for i, low in enumerate(ids)
            for high in ids[i + 1 :]
        ]
        self.connection.execute(insert(Pair), pairs)

    def methods(self, study: int) -> list[RowMapping]:
        """id, key, title and is_anchor in the order of the study."""
        return list(self._rows(select(Method.__table__).where(Method.study_id == study).order_by(Method.id)))

    def items(self, study: int) -> list[int]:
        """Ids in the order of the study."""
        return list(self.connection.scalars(select(Item.id).where(Item.study_id == study).order_by(Item.id)))

    def stimuli(self, study: int) -> dict[tuple[int, int], int]:
        """(method id, item id) → stimulus id."""
        query = (
            select(Stimulus.method_id, Stimulus.item_id, Stimulus.id).join(Item).where(Item.study_id == study)
        )
        return {(row["method_id"], row["item_id"]): row["id"] for row in self._rows(query)}

    def pairs(self, study: int) -> dict[tuple[int, int], int]:
        """(lower stimulus id, higher stimulus id) → pair id."""
        query = select(Pair.stim_lo, Pair.stim_hi, Pair.id).where(Pair.study_id == study, Pair.kind == "main")
        return {(row["stim_lo"], row["stim_hi"]): row["id"] for row in self._rows(query)}

    # -------------------------------------------------------- participants

    def participant(self, token_hash: str) -> RowMapping | None:
        """Who holds the token with this hash."""
        return self._row(select(Participant.__table__).where(Participant.token_hash == token_hash))

    def add_participant(self, **values: Any) -> int | None:
        """Add somebody who agreed just now; None where this token or recruitment id is known already."""
        row = {"consent_at": self.now, "last_seen_at": self.now, "status": "active", **values}
        return self._insert_once(Participant, **row)

    def touch(self, participant: int) -> None:
        """Remember that a participant was here."""
        self.connection.execute(
            update(Participant).where(Participant.id == participant).values(last_seen_at=self.now)
        )

    def finish(self, participant: int) -> None:
        """Mark a participant as complete, once."""
        self.connection.execute(
            update(Participant)
            .where(Participant.id == participant, Participant.status == "active")
            .values(status="complete", finished_at=self.now)
        )

    # -------------------------------------------------------------- trials

    def planned_cells(self, study: int, active_since: str) -> list[tuple[int, int, int, int]]:
        """(left method, right method, item, count) of the trials that count for balance.

        Those that were answered, and those still to come of participants seen since `active_since`: somebody
        who left early leaves no hole.
        """
        here = and_(Participant.status == "active", Participant.last_seen_at >= active_since)
        query = (
            select(LeftStimulus.method_id, RightStimulus.method_id, LeftStimulus.item_id, func.count())
            .select_from(Trial)
            .join(Participant, Trial.participant_id == Participant.id)
            .join(LeftStimulus, Trial.left_stim == LeftStimulus.id)
            .join(RightStimulus, Trial.right_stim == RightStimulus.id)
            .where(Participant.study_id == study, or_(Trial.state == "answered", here))
            .group_by(LeftStimulus.method_id, RightStimulus.method_id, LeftStimulus.item_id)
        )
        return [(left, right, item, count) for left, right, item, count in self.connection.execute(query)]

    def add_trials(self, trials: Sequence[dict[str, Any]]) -> None:
        """Store a participant's plan."""
        self.connection.execute(insert(Trial), trials)

    def next_trial(self, participant: int) -> RowMapping | None:
        """The first unanswered trial with the size of its item, the study's question and its rule on ties."""
        query = (
            select(Trial.__table__, Item.width, Item.height, Study.allow_ties, Study.question)
            .join(LeftStimulus, Trial.left_stim == LeftStimulus.id)
            .join(Item, LeftStimulus.item_id == Item.id)
            .join(Study, Item.study_id == Study.id)
            .where(Trial.participant_id == participant, Trial.state != "answered")
            .order_by(Trial.seq)
            .limit(1)
        )
        return self._row(query)

    def count_trials(self, participant: int) -> int:
        """How many trials a participant has in all."""
        query = select(func.count()).select_from(Trial).where(Trial.participant_id == participant)
        return self.connection.execute(query).scalar_one()

    def show(self, trial: int) -> None:
        """Remember when a trial was first shown."""
        self.connection.execute(
            update(Trial)
            .where(Trial.id == trial, Trial.state == "planned")
            .values(state="shown", shown_at=self.now)
        )

    def trial_of(self, participant: int, token: str) -> RowMapping | None:
        """A participant's own trial by its token, with study's rule on ties and the vote, if there is one."""
        query = (
            select(Trial.id, Trial.state, Study.allow_ties, VoteRow.client_uuid)
            .select_from(Trial)
            .join(Participant, Trial.participant_id == Participant.id)
            .join(Study, Participant.study_id == Study.id)
            .outerjoin(VoteRow, VoteRow.trial_id == Trial.id)
            .where(Trial.participant_id == participant, Trial.token == token)
        )
        return self._row(query)

    def add_vote(self, trial: int, **values: Any) -> bool:
        """Store an answer and close its trial; False where the trial or the client's id is taken."""
        if self._insert_once(VoteRow, trial_id=trial, server_at=self.now, **values) is None:
            return False
        self.connection.execute(update(Trial).where(Trial.id == trial).values(state="answered"))
        return True

    def client_uuid(self, trial: int) -> str | None:
        """The id that the browser gave to the answer of a trial."""
        return self.connection.scalar(select(VoteRow.client_uuid).where(VoteRow.trial_id == trial))

    def media(self, token: str) -> tuple[str, str] | None:
        """Folder and file behind the token of one side of a trial."""
        query = (
            select(Study.folder, Stimulus.file)
            .select_from(Trial)
            .join(
                Stimulus,
                Stimulus.id == case((Trial.left_token == token, Trial.left_stim), else_=Trial.right_stim),
            )
            .join(Participant, Trial.participant_id == Participant.id)
            .join(Study, Participant.study_id == Study.id)
            .where(or_(Trial.left_token == token, Trial.right_token == token))
        )
        row = self._row(query)
        return (row["folder"], row["file"]) if row else None


def index_cells(
    cells: Sequence[tuple[int, int, int, int]], methods: Sequence[int], items: Sequence[int]
) -> list[Cell]:
    """Ids of `planned_cells` → indices of the design."""
    method = {key: i for i, key in enumerate(methods)}
    item = {key: i for i, key in enumerate(items)}
    return [Cell(method[left], method[right], item[what], n) for left, right, what, n in cells]
