"""The changes that use cases are made of, and what they must know first."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, text, update

from study.database import vote_statements
from study.database.schema import (
    Event,
    Invitation,
    Pair,
    Participant,
    Trial,
    VoteHistory,
    VoteRow,
)
from study.database.study_queries import Catalogue, Row

ACTIVE = timedelta(minutes=30)  # who was seen within this time is expected to go on


class Transaction(Catalogue):
    """The questions and changes about participants, their trials and their answers."""

    # -------------------------------------------------------- participants

    def participant(self, token_hash: str) -> Row | None:
        """Return who holds the token with this hash, and what their study allows."""
        return self._row(vote_statements.PARTICIPANT, token_hash=token_hash)

    def has_recruited(self, study: int, source: str, ext_hash: str) -> bool:
        """Return True where somebody with this id of a recruitment service has begun in the study."""
        same = (Participant.study_id == study, Participant.source == source, Participant.ext_hash == ext_hash)
        return self.connection.scalar(select(Participant.id).where(*same)) is not None

    def has_invitations(self, study: int) -> bool:
        """Return True where only the ids of a list may begin in the study."""
        return (
            self.connection.scalar(select(Invitation.id).where(Invitation.study_id == study).limit(1))
            is not None
        )

    def is_invited(self, study: int, id_hash: str) -> bool:
        """Return True where the id with this hash is on the list of the study."""
        same = (Invitation.study_id == study, Invitation.id_hash == id_hash)
        return self.connection.scalar(select(Invitation.id).where(*same)) is not None

    def add_invitations(self, study: int, hashes: Sequence[str]) -> int:
        """Add hashes of ids to the list of a study; return how many were not on it."""
        added = [self._insert_once(Invitation, study_id=study, id_hash=one) for one in hashes]
        return sum(row is not None for row in added)

    def add_participant(self, **values: Any) -> int:
        """Add somebody who agreed just now; their id."""
        return self._insert(Participant, consent_at=self.now, last_seen_at=self.now, **values)

    def count_expected(self, study: int) -> int:
        """How many participants completed the study, or are expected to."""
        here = and_(Participant.status == "active", Participant.last_seen_at >= self.ago(ACTIVE))
        query = select(func.count()).select_from(Participant).where(Participant.study_id == study)
        return self.connection.execute(query.where(or_(Participant.status == "complete", here))).scalar_one()

    def take_block(self, study: int) -> int:
        """The first block of the design whose participant left it, else the next new one.

        Only for one participant of a study at a time: see the lock of `study`.
        """
        left = or_(
            Participant.status.in_(["expired", "withdrawn"]), Participant.last_seen_at < self.ago(ACTIVE)
        )
        query = (
            select(Participant.id, Participant.block)
            # Literally the condition of the index on these few.
            .where(Participant.study_id == study, text("block IS NOT NULL AND status <> 'complete'"), left)
            .order_by(Participant.block)
            .limit(1)
        )
        found = self.connection.execute(query).one_or_none()
        if found is None:
            newest = select(func.max(Participant.block)).where(Participant.study_id == study)
            last = self.connection.scalar(newest)
            return 0 if last is None else last + 1
        self._change(found.id, block=None)
        assert found.block is not None
        return int(found.block)

    def touch(self, participant: int) -> None:
        """Remember that a participant was here."""
        self.connection.execute(vote_statements.TOUCH, {"participant": participant, "now": self.now})

    def finish(self, participant: int) -> None:
        """Mark an active participant as complete."""
        self._change(participant, status="complete", finished_at=self.now)

    def _change(self, participant: int, **values: Any) -> None:
        self.connection.execute(update(Participant).where(Participant.id == participant).values(**values))

    def expire(self, study: int, window: timedelta) -> int:
        """Close those who were away for longer than this; how many."""
        away = (Participant.status == "active", Participant.last_seen_at < self.ago(window))
        query = update(Participant).where(Participant.study_id == study, *away).values(status="expired")
        return int(self.connection.execute(query).rowcount)

    def forget(self, participant: int) -> int:
        """Delete all that a participant did; how many answers there were. The row itself stays, empty."""
        own = select(Trial.id).where(Trial.participant_id == participant)
        answers = self.connection.execute(delete(VoteRow).where(VoteRow.trial_id.in_(own))).rowcount
        self.connection.execute(delete(VoteHistory).where(VoteHistory.trial_id.in_(own)))
        self.connection.execute(delete(Event).where(Event.participant_id == participant))
        self.connection.execute(delete(Trial).where(Trial.participant_id == participant))
        blank = {"device_json": "{}", "ext_study": None, "ext_session": None}
        self._change(participant, status="withdrawn", finished_at=self.now, **blank)
        return int(answers)

    def add_event(self, study: int, participant: int | None, kind: str, **payload: Any) -> None:
        """Remember what happened beside votes."""
        content = json.dumps(payload, sort_keys=True)
        row = {"study_id": study, "participant_id": participant, "kind": kind, "payload_json": content}
        self._insert(Event, at=self.now, **row)

    # -------------------------------------------------------------- trials

    def add_trials(self, trials: Sequence[dict[str, Any]]) -> None:
        """Store a participant's plan. `repeat_of` is the `seq` of the trial that is repeated, or None."""
        first = [{**trial, "repeat_of": None} for trial in trials if trial["repeat_of"] is None]
        self.connection.execute(insert(Trial), first)
        repeats = [trial for trial in trials if trial["repeat_of"] is not None]
        if not repeats:
            return
        own = select(Trial.seq, Trial.id).where(Trial.participant_id == repeats[0]["participant_id"])
        ids = {row.seq: row.id for row in self.connection.execute(own)}
        self.connection.execute(insert(Trial), [{**t, "repeat_of": ids[t["repeat_of"]]} for t in repeats])

    def allotted(self, study: int) -> list[tuple[int, int, str | None, int]]:
        """Comparisons of methods of those who completed or are expected to: left, right, outcome, how many.

        Left and right are stimuli; the outcome is None where there is no answer yet.
        """
        here = and_(Participant.status == "active", Participant.last_seen_at >= self.ago(ACTIVE))
        query = (
            select(Trial.left_stim, Trial.right_stim, VoteRow.outcome, func.count())
            .join(Participant, Trial.participant_id == Participant.id)
            .join(Pair, Trial.pair_id == Pair.id)
            .outerjoin(VoteRow, VoteRow.trial_id == Trial.id)
            .where(Participant.study_id == study, or_(Participant.status == "complete", here))
            .where(Pair.kind == "main", Trial.repeat_of.is_(None))
            .group_by(Trial.left_stim, Trial.right_stim, VoteRow.outcome)
        )
        return [(row[0], row[1], row[2], row[3]) for row in self.connection.execute(query)]

    def next_trial(self, participant: int) -> Row | None:
        """Return the first unanswered trial, the size and kind of its pair, and how many trials there are.

        `taken_back`: an answer to it was taken back.
        """
        return self._row(vote_statements.NEXT_TRIAL, participant=participant)

    def show(self, trial: int) -> None:
        """Remember when a trial was first shown."""
        self.connection.execute(vote_statements.SHOW, {"trial": trial, "now": self.now})

    # --------------------------------------------------------------- votes

    def trial_of(self, participant: int, token: str) -> Row | None:
        """Return a participant's own trial by its token, and the client's id of its answer."""
        return self._row(vote_statements.TRIAL, participant=participant, token=token)

    def add_vote(self, trial: int, **values: Any) -> bool:
        """Store an answer and close its trial; False where the trial or the client's id is taken."""
        if self._insert_once(VoteRow, trial_id=trial, server_at=self.now, **values) is None:
            return False
        self.connection.execute(vote_statements.CLOSE, {"trial": trial})
        return True

    def client_uuid(self, trial: int) -> str | None:
        """The id that the browser gave to the answer of a trial."""
        return self.connection.scalar(select(VoteRow.client_uuid).where(VoteRow.trial_id == trial))

    def was_taken_back(self, trial: int, client_uuid: str) -> bool:
        """Whether this very answer to the trial was taken back."""
        own = (VoteHistory.trial_id == trial, VoteHistory.client_uuid == client_uuid)
        return self.connection.scalar(select(VoteHistory.id).where(*own)) is not None

    def take_back(self, participant: int, seq: int) -> bool:
        """Move the answer to a participant's trial number `seq` into the history; False without one."""
        query = (
            select(VoteRow.__table__)
            .join(Trial, VoteRow.trial_id == Trial.id)
            .where(Trial.participant_id == participant, Trial.seq == seq)
        )
        vote = self._row(query)
        if vote is None:
            return False
        kept = {name: value for name, value in vote.items() if name != "id"}
        self._insert(VoteHistory, replaced_at=self.now, **kept)
        self.connection.execute(delete(VoteRow).where(VoteRow.id == vote["id"]))
        self.connection.execute(update(Trial).where(Trial.id == vote["trial_id"]).values(state="shown"))
        return True

    def media(self, token: str) -> int | None:
        """Return the stimulus behind the token of one side of a trial."""
        for question in vote_statements.STIMULI:
            found = self.connection.scalar(question, {"token": token})
            if found is not None:
                return int(found)
        return None
