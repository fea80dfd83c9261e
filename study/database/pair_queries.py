"""Query the pairs of a study with the names of their methods, which only organizers see."""

from dataclasses import dataclass

from sqlalchemy import and_, case, literal, select
from sqlalchemy.orm import aliased

from study.database.schema import Item, Method, Pair, Stimulus
from study.database.transaction import Transaction


@dataclass(frozen=True)
class PairRow:
    """Hold a pair: its item, its kind, and titles and stimuli of both sides.

    Sides of a pair with a known answer have the titles "better" and "worse".
    """

    id: int
    item: str
    kind: str
    width: int
    height: int
    first: str
    second: str


def pairs_of(tx: Transaction, study: int) -> list[PairRow]:
    """Return all pairs of a study in the order of its items."""
    low, high = aliased(Stimulus), aliased(Stimulus)
    first, second = aliased(Method), aliased(Method)
    known = Pair.expected_stim.is_not(None)
    better = Pair.expected_stim == Pair.stim_lo
    titles = (
        case((and_(known, better), literal("better")), (known, literal("worse")), else_=first.title),
        case((and_(known, better), literal("worse")), (known, literal("better")), else_=second.title),
    )
    query = (
        select(Pair.id, Item.key, Pair.kind, Item.width, Item.height, *titles)
        .join(Item, Pair.item_id == Item.id)
        .join(low, Pair.stim_lo == low.id)
        .join(high, Pair.stim_hi == high.id)
        .outerjoin(first, low.method_id == first.id)
        .outerjoin(second, high.method_id == second.id)
        .where(Pair.study_id == study)
        .order_by(Item.id, Pair.id)
    )
    return [PairRow(*row) for row in tx.connection.execute(query)]


def stimulus_of(tx: Transaction, study: int, pair: int, side: str) -> int | None:
    """Return the stimulus of the "first" or "second" side of a pair of this study, None for others."""
    column = Pair.stim_lo if side == "first" else Pair.stim_hi
    return tx.connection.scalar(select(column).where(Pair.id == pair, Pair.study_id == study))
