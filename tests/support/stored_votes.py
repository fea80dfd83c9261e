"""Read votes by plain SQL, independently of the code that tests compare with them."""

from dataclasses import dataclass

from sqlalchemy import text

from study.database.store import Store

VOTES = """
SELECT participant.id, participant.source, item.key, left_method.key, right_method.key,
  vote.outcome, vote.rt_ms, vote.server_at
FROM vote
JOIN trial ON vote.trial_id = trial.id
JOIN participant ON trial.participant_id = participant.id
JOIN pair ON trial.pair_id = pair.id
JOIN stimulus AS on_left ON trial.left_stim = on_left.id
JOIN stimulus AS on_right ON trial.right_stim = on_right.id
JOIN method AS left_method ON on_left.method_id = left_method.id
JOIN method AS right_method ON on_right.method_id = right_method.id
JOIN item ON on_left.item_id = item.id
WHERE participant.study_id = (SELECT id FROM study WHERE slug = :slug ORDER BY version DESC LIMIT 1)
  AND pair.kind = 'main' AND trial.repeat_of IS NULL
ORDER BY vote.id
"""


@dataclass(frozen=True)
class StoredVote:
    """Hold a vote with the keys of its item and methods; gold pairs, repeats and practice are not votes."""

    participant: int
    source: str
    item: str
    left: str
    right: str
    outcome: str
    rt_ms: int | None
    at: str


def stored_votes(store: Store, slug: str) -> list[StoredVote]:
    """Return the votes of the newest version of a study, the oldest first."""
    with store.reading() as tx:
        return [StoredVote(*row) for row in tx.connection.execute(text(VOTES), {"slug": slug})]
