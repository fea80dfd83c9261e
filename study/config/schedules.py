"""Read from a configuration which analyses of a study are planned."""

from study.config.config import StudyConfig
from study.statistics.looks.schedule import Schedule


def schedule_of(config: StudyConfig | None, methods: int) -> Schedule:
    """Return the schedule; nothing is planned without a configuration. methods: their number."""
    if config is None:
        return Schedule(methods)
    people, stopping = config.participants, config.stopping
    return Schedule(
        methods=methods,
        target=people.target,
        maximum=people.maximum,
        shares=tuple(stopping.looks),
        alpha=stopping.alpha,
        given=stopping.mixture,
    )
