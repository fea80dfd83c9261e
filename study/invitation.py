"""What somebody who comes to a study is told, and who sent them, as far as the address says it."""

from collections.abc import Mapping
from dataclasses import dataclass

from study.config import StudyConfig
from study.records import BadStudy
from study.store import Store

# Names under which recruitment services put their ids into the address: person, study, visit.
IDS = {
    "prolific": ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID"),
    "mturk": ("workerId", "hitId", "assignmentId"),
}
LONGEST = 200


@dataclass(frozen=True)
class Arrival:
    """Where somebody came from: "open" without an id, else the service's own ids."""

    source: str = "open"
    person: str = ""
    study: str = ""
    visit: str = ""


def arrival(parameters: Mapping[str, str]) -> Arrival:
    """From the parameters of the address. Ids that are longer than any service's are cut off."""
    for source, names in IDS.items():
        person, study, visit = (str(parameters.get(name) or "")[:LONGEST] for name in names)
        if person:
            return Arrival(source, person, study, visit)
    return Arrival()


def decided(store: Store, slug: str) -> StudyConfig | None:
    """The configuration of the newest version of a study; None where there is none, or no study."""
    try:
        with store.reading() as tx:
            text = tx.study(slug)["config_json"]
    except BadStudy:
        return None
    return StudyConfig.from_json(text) if text else None
