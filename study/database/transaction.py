"""Query and change participants, their trials and their answers inside one transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, text, update

from study.database import vote_statements
from study.database.queries import COUNTED
from study.database.rows import (
    AllocatedCount,
    NewParticipant,
    NewTrial,
    NewVote,
    NextTrialRow,
    ParticipantRow,
    TrialRow,
)
from study.database.schema import (
    Event,
    FurtherPicture,
    Invitation,
    Pair,
    Participant,
    QuestionnaireAnswer,
    Trial,
    VoteHistory,
    VoteRow,
)
from study.database.study_queries import StudyQueries

ACTIVE = timedelta(minutes=30)  # participants with a request in this time are expected to continue
# Columns of a vote, which its history has too.
ANSWER = (
    *("trial_id", "outcome", "rt_ms", "client_uuid", "input", "server_at"),
    *("grade", "answers_json", "view_json"),
)


class Transaction(StudyQueries):
    """Query and change participants, trials and answers; the changes are stored together or not at all."""

    # -------------------------------------------------------- participants

    def participant(self, token_hash: str) -> ParticipantRow | None:
        """Return the participant whose token has this hash, None without one."""
        return self._one(ParticipantRow, vote_statements.PARTICIPANT, token_hash=token_hash)

    def has_recruited(self, study: int, source: str, ext_hash: str) -> bool:
        """Return True where a participant of the study has this id of a recruitment service, as a hash."""
        same = (Participant.study_id == study, Participant.source == source, Participant.ext_hash == ext_hash)
        return self.connection.scalar(select(Participant.id).where(*same)) is not None

    def has_invitations(self, study: int) -> bool:
        """Return True where only the ids of a list may enrol in the study."""
        query = select(Invitation.id).where(Invitation.study_id == study).limit(1)
        return self.connection.scalar(query) is not None

    def is_invited(self, study: int, id_hash: str) -> bool:
        """Return True where the id with this hash is on the list of the study."""
        same = (Invitation.study_id == study, Invitation.id_hash == id_hash)
        return self.connection.scalar(select(Invitation.id).where(*same)) is not None

    def add_invitations(self, study: int, hashes: Sequence[str]) -> int:
        """Add hashes of ids to the list of a study; return the number of new ones."""
        added = [self._insert_once(Invitation, {"study_id": study, "id_hash": one}) for one in hashes]
        return sum(row is not None for row in added)

    def add_participant(self, participant: NewParticipant) -> int:
        """Add a participant who consents now; return the id."""
        times = {"consent_at": self.now, "last_seen_at": self.now}
        return self._insert(Participant, {**vars(participant), **times})

    def count_expected(self, study: int) -> int:
        """Return the number of participants who completed the study or are expected to."""
        expected = (Participant.study_id == study, COUNTED, self._expected())
        query = select(func.count()).select_from(Participant).where(*expected)
        return self.connection.execute(query).scalar_one()

    def _expected(self) -> ColumnElement[bool]:
        active = and_(Participant.status == "active", Participant.last_seen_at >= self.ago(ACTIVE))
        return or_(Participant.status == "complete", active)

    def take_block(self, study: int) -> int:
        """Take the first block whose participant stopped or was rejected; return it, or the next new one.

        Call it after `lock_study`: two participants must not take the same block.
        """
        abandoned = or_(
            Participant.status.in_(["expired", "withdrawn", "rejected"]),
            Participant.last_seen_at < self.ago(ACTIVE),
        )
        query = (
            select(Participant.id, Participant.block)
            # Written exactly like the condition of the partial index, which is used only then.
            .where(
                Participant.study_id == study, text("block IS NOT NULL AND status <> 'complete'"), abandoned
            )
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
        """Store the time of a participant's request."""
        self.connection.execute(vote_statements.TOUCH, {"participant": participant, "now": self.now})

    def finish(self, participant: int) -> None:
        """Mark an active participant as complete."""
        self._change(participant, status="complete", finished_at=self.now)

    def close_participant(self, participant: int, status: str) -> None:
        """Store that a participant has ended with this status, such as "screened"."""
        self._change(participant, status=status, finished_at=self.now)

    def _change(self, participant: int, **values: Any) -> None:
        self.connection.execute(update(Participant).where(Participant.id == participant).values(**values))

    def expire(self, study: int, window: timedelta) -> int:
        """Mark active participants without a request for this time as expired; return their number."""
        away = (Participant.status == "active", Participant.last_seen_at < self.ago(window))
        query = update(Participant).where(Participant.study_id == study, *away).values(status="expired")
        return int(self.connection.execute(query).rowcount)

    def forget(self, participant: int) -> int:
        """Delete a participant's trials, answers, questionnaires and events; return the number of votes.

        The participant's row stays, without device and ids of a recruitment service.
        """
        own = select(Trial.id).where(Trial.participant_id == participant)
        answers = self.connection.execute(delete(VoteRow).where(VoteRow.trial_id.in_(own))).rowcount
        self.connection.execute(delete(VoteHistory).where(VoteHistory.trial_id.in_(own)))
        self.connection.execute(delete(Event).where(Event.participant_id == participant))
        about = QuestionnaireAnswer.participant_id == participant
        self.connection.execute(delete(QuestionnaireAnswer).where(about))
        self.connection.execute(delete(FurtherPicture).where(FurtherPicture.trial_id.in_(own)))
        self.connection.execute(delete(Trial).where(Trial.participant_id == participant))
        blank = {"device_json": "{}", "ext_study": None, "ext_session": None, "ids_sealed": None}
        self._change(participant, status="withdrawn", finished_at=self.now, **blank)
        return int(answers)

    def add_event(self, study: int, participant: int | None, kind: str, **payload: Any) -> None:
        """Store an event other than a vote, with its details as JSON."""
        content = json.dumps(payload, sort_keys=True)
        row = {"study_id": study, "participant_id": participant, "kind": kind, "payload_json": content}
        self._insert(Event, {"at": self.now, **row})

    def add_event_once(self, study: int, kind: str, **payload: Any) -> None:
        """Store an event without a participant, unless there is one with the same details."""
        content = json.dumps(payload, sort_keys=True)
        same = (Event.participant_id.is_(None), Event.study_id == study, Event.kind == kind)
        query = select(Event.id).where(*same, Event.payload_json == content).limit(1)
        if self.connection.scalar(query) is None:
            self.add_event(study, None, kind, **payload)

    def add_person_answers(self, participant: int, stage: str, answers: Mapping[str, str]) -> None:
        """Store answers of a participant about themselves; those that are stored already stay the same."""
        for question, value in answers.items():
            row = {"participant_id": participant, "stage": stage, "question": question, "value": value}
            self._insert_once(QuestionnaireAnswer, {**row, "at": self.now})

    # -------------------------------------------------------------- trials

    def add_trials(self, trials: Sequence[NewTrial]) -> None:
        """Store the plan of one participant."""
        rows = [{**vars(trial), "pictures": 2 + len(trial.further)} for trial in trials]
        further = {trial.seq: row.pop("further") for trial, row in zip(trials, rows, strict=True)}
        self.connection.execute(insert(Trial), [row for row in rows if row["repeat_of"] is None])
        repeats = [row for row in rows if row["repeat_of"] is not None]
        if not repeats and not any(further.values()):
            return
        own = select(Trial.seq, Trial.id).where(Trial.participant_id == trials[0].participant_id)
        ids = {row.seq: row.id for row in self.connection.execute(own)}
        if repeats:
            again = [{**row, "repeat_of": ids[row["repeat_of"]]} for row in repeats]
            self.connection.execute(insert(Trial), again)
        pictures = [
            {"trial_id": ids[seq], "position": position, "stim": stim, "token": token}
            for seq, found in further.items()
            for position, (stim, token) in enumerate(found, start=3)
        ]
        if pictures:
            self.connection.execute(insert(FurtherPicture), pictures)

    def allocated(self, study: int) -> list[AllocatedCount]:
        """Count the comparisons of methods of participants who completed or are expected to."""
        query = (
            select(Trial.left_stim, Trial.right_stim, VoteRow.outcome, func.count())
            .join(Participant, Trial.participant_id == Participant.id)
            .join(Pair, Trial.pair_id == Pair.id)
            .outerjoin(VoteRow, VoteRow.trial_id == Trial.id)
            .where(Participant.study_id == study, COUNTED, self._expected())
            .where(Pair.kind == "main", Trial.repeat_of.is_(None))
            .group_by(Trial.left_stim, Trial.right_stim, VoteRow.outcome)
        )
        return [AllocatedCount(*row) for row in self.connection.execute(query)]

    def next_trials(self, participant: int) -> tuple[NextTrialRow | None, NextTrialRow | None]:
        """Return the first two unanswered trials of a participant, None for those that do not exist."""
        rows = self.connection.execute(vote_statements.NEXT_TRIAL, {"participant": participant}).mappings()
        found = [self._with_further(NextTrialRow(**row)) for row in rows]
        return (found[0] if found else None, found[1] if len(found) > 1 else None)

    def _with_further(self, trial: NextTrialRow) -> NextTrialRow:
        """Return a trial with the tokens of its third and fourth picture."""
        if trial.pictures == 2:
            return trial
        return replace(
            trial, further=tuple(self.connection.scalars(vote_statements.FURTHER, {"trial": trial.id}))
        )

    def next_trial(self, participant: int) -> NextTrialRow | None:
        """Return the first unanswered trial of a participant, None where all are answered."""
        return self.next_trials(participant)[0]

    def mark_shown(self, trial: int) -> None:
        """Store the time at which a trial was first shown."""
        self.connection.execute(vote_statements.MARK_SHOWN, {"trial": trial, "now": self.now})

    # --------------------------------------------------------------- votes

    def trial_of(self, participant: int, token: str) -> TrialRow | None:
        """Return a trial of this participant by its token, None for other tokens."""
        return self._one(TrialRow, vote_statements.TRIAL, participant=participant, token=token)

    def add_vote(self, vote: NewVote) -> bool:
        """Store an answer and mark its trial as answered; return True.

        Return False, and change nothing, where the trial has an answer or the browser's id exists already.
        """
        if self._insert_once(VoteRow, {**vars(vote), "server_at": self.now}) is None:
            return False
        self.connection.execute(vote_statements.MARK_ANSWERED, {"trial": vote.trial_id})
        return True

    def add_votes(self, votes: Sequence[NewVote], not_answered: Sequence[int]) -> None:
        """Store the answers to trials that have none, of simulated raters; show the first other trial."""
        rows = [{**vars(vote), "server_at": self.now} for vote in votes]
        self.connection.execute(insert(VoteRow), rows)
        answered = {"state": "answered", "shown_at": self.now}
        numbers = [vote.trial_id for vote in votes]
        self.connection.execute(update(Trial).where(Trial.id.in_(numbers)).values(**answered))
        for trial in not_answered[:1]:
            self.mark_shown(trial)

    def client_uuid(self, trial: int) -> str | None:
        """Return the id that the browser gave to the answer of a trial, None without an answer."""
        return self.connection.scalar(select(VoteRow.client_uuid).where(VoteRow.trial_id == trial))

    def was_taken_back(self, trial: int, client_uuid: str) -> bool:
        """Return True where the answer with this id was given to the trial and taken back."""
        own = (VoteHistory.trial_id == trial, VoteHistory.client_uuid == client_uuid)
        return self.connection.scalar(select(VoteHistory.id).where(*own)) is not None

    def take_back(self, participant: int, seq: int) -> bool:
        """Move the answer to a participant's trial number `seq` into the history; False without one."""
        place = (Trial.participant_id == participant, Trial.seq == seq)
        query = select(VoteRow.id, VoteRow.trial_id).join(Trial, VoteRow.trial_id == Trial.id).where(*place)
        vote = self.connection.execute(query).one_or_none()
        if vote is None:
            return False
        columns = [getattr(VoteRow, name) for name in ANSWER]
        copy = select(*columns, literal(self.now)).where(VoteRow.id == vote.id)
        self.connection.execute(insert(VoteHistory).from_select([*ANSWER, "replaced_at"], copy))
        self.connection.execute(delete(VoteRow).where(VoteRow.id == vote.id))
        self.connection.execute(update(Trial).where(Trial.id == vote.trial_id).values(state="shown"))
        return True

    def media(self, token: str) -> int | None:
        """Return the stimulus with this token of one side of a trial, None for other tokens."""
        for query in vote_statements.STIMULI:
            found = self.connection.scalar(query, {"token": token})
            if found is not None:
                return int(found)
        return None

    def reference_of(self, trial_token: str) -> int | None:
        """Return the context that is shown beside both stimuli of a trial, None without one."""
        return self.connection.scalar(vote_statements.REFERENCE, {"token": trial_token})

    def outline_of(self, trial_token: str) -> int | None:
        """Return the context that is shown over both stimuli of a trial, None without one."""
        return self.connection.scalar(vote_statements.OUTLINE, {"token": trial_token})
