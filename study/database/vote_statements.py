"""Build the SQL statements of a vote once: building one takes far longer than running it.

The columns of each query have the names of the fields of its dataclass in `rows`.
"""

from sqlalchemy import bindparam, case, exists, func, select, update
from sqlalchemy.orm import aliased

from study.database.schema import (
    Context,
    FurtherPicture,
    Item,
    Pair,
    Participant,
    Stimulus,
    Study,
    Trial,
    VoteHistory,
    VoteRow,
)
from study.votes import LEFT, OUTCOMES, RIGHT

REFERENCES = ("composite", "reference")  # roles of the picture that is shown beside both stimuli
OUTLINES = ("outline",)  # role of the picture that is shown over both
_all_trials = aliased(Trial)
_taken_back = exists(VoteHistory.id).where(VoteHistory.trial_id == Trial.id).label("taken_back")

# ParticipantRow by the hash of the token.
PARTICIPANT = (
    select(
        *(Participant.id, Participant.study_id, Participant.status, Participant.last_seen_at),
        Participant.phase,
        *(Study.slug, Study.allow_ties, Study.question, Study.resume_hours),
        Study.status.label("study_status"),
    )
    .join(Study, Participant.study_id == Study.id)
    .where(Participant.token_hash == bindparam("token_hash"))
)
# TrialRow of a participant by the token of the trial.
TRIAL = (
    select(
        *(Trial.id, Trial.state, Trial.pictures, VoteRow.client_uuid, _taken_back),
        case(
            (Pair.kind != "practice", None),
            (Pair.expected_stim == Trial.left_stim, OUTCOMES[LEFT]),
            (Pair.expected_stim == Trial.right_stim, OUTCOMES[RIGHT]),
        ).label("better"),
    )
    .join(Pair, Trial.pair_id == Pair.id)
    .outerjoin(VoteRow, VoteRow.trial_id == Trial.id)
    .where(Trial.participant_id == bindparam("participant"), Trial.token == bindparam("token"))
)
# The NextTrialRow of a participant, and the one after it.
NEXT_TRIAL = (
    select(
        *(Trial.id, Trial.seq, Trial.token, Trial.left_token, Trial.right_token, Trial.state),
        Trial.pictures,
        select(func.count())
        .where(_all_trials.participant_id == bindparam("participant"))
        .scalar_subquery()
        .label("total"),
        *(Item.width, Item.height, Pair.kind, _taken_back, Stimulus.smaller_json),
        *(
            exists(Context.id).where(Context.item_id == Item.id, Context.role.in_(roles)).label(name)
            for name, roles in (("has_reference", REFERENCES), ("has_outline", OUTLINES))
        ),
        select(Context.text)
        .where(Context.item_id == Item.id, Context.role == "prompt")
        .scalar_subquery()
        .label("prompt"),
    )
    .join(Pair, Trial.pair_id == Pair.id)
    .join(Item, Pair.item_id == Item.id)
    .join(Stimulus, Trial.left_stim == Stimulus.id)
    .where(Trial.participant_id == bindparam("participant"), Trial.state != "answered")
    .order_by(Trial.seq)
    .limit(2)
)
# Tokens of the third and the fourth picture of a trial.
FURTHER = (
    select(FurtherPicture.token)
    .where(FurtherPicture.trial_id == bindparam("trial"))
    .order_by(FurtherPicture.position)
)
MARK_SHOWN = (
    update(Trial)
    .where(Trial.id == bindparam("trial"), Trial.state == "planned")
    .values(state="shown", shown_at=bindparam("now"))
)
MARK_ANSWERED = update(Trial).where(Trial.id == bindparam("trial")).values(state="answered")
TOUCH = (
    update(Participant)
    .where(Participant.id == bindparam("participant"))
    .values(last_seen_at=bindparam("now"))
)
# The stimulus with a token: queries of one index each, as OR between them may read the whole table.
STIMULI = (
    select(Trial.left_stim).where(Trial.left_token == bindparam("token")),
    select(Trial.right_stim).where(Trial.right_token == bindparam("token")),
    select(FurtherPicture.stim).where(FurtherPicture.token == bindparam("token")),
)
# The picture that is shown beside or over both stimuli of the trial with a token.
REFERENCE, OUTLINE = (
    select(Context.id)
    .join(Pair, Context.item_id == Pair.item_id)
    .join(Trial, Trial.pair_id == Pair.id)
    .where(Trial.token == bindparam("token"), Context.role.in_(roles))
    .limit(1)
    for roles in (REFERENCES, OUTLINES)
)
