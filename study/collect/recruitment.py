"""Read who sent somebody to a study, as far as the address says it."""

from collections.abc import Mapping
from dataclasses import dataclass

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
