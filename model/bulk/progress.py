"""Count finished pieces of work, and estimate the time that is left."""

import time
from dataclasses import dataclass, field


@dataclass
class Progress:
    """Count pieces of work. total: of them. began: when the first was begun, by `time.monotonic`."""

    total: int
    done: int = 0
    made: int = 0
    began: float = field(default_factory=time.monotonic)

    def passed(self) -> None:
        """Count a piece that was finished before."""
        self.done += 1
        self.began = time.monotonic()

    def line(self, name: str, words: str = "") -> str:
        """Count a piece; return a line with its name, what happened, and the time left by the mean so far."""
        self.done, self.made = self.done + 1, self.made + 1
        left = (self.total - self.done) * (time.monotonic() - self.began) / self.made
        parts = [f"{self.done}/{self.total} {name}", words, f"{in_words(left)} left" if left else ""]
        return ", ".join(filter(None, parts))


def in_words(seconds: float) -> str:
    """Return a duration such as "about 3 min"."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"about {round(seconds / size)} {unit}"
    return f"about {max(1, round(seconds))} s"
