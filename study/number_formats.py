"""Format numbers for people: one form for each kind of number in every text, table and page."""

UNKNOWN = "–"


def percent(part: float | None, digits: int = 0) -> str:
    """Return a part of one as a percentage, "–" where it is unknown."""
    return UNKNOWN if part is None else f"{100 * part:.{digits}f} %"


def signed(value: float, digits: int = 3) -> str:
    """Return a number with a plus or a typographic minus; zero without a sign."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def with_error(value: float | None, error: float | None, digits: int = 2) -> str:
    """Return a number with its standard error, "–" where they are unknown."""
    return UNKNOWN if value is None or error is None else f"{signed(value, digits)} ± {error:.{digits}f}"


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """Return both limits of an interval, "–" where they are unknown."""
    return UNKNOWN if low is None or high is None else f"{signed(low, digits)} to {signed(high, digits)}"


def ranks(low: int | None, high: int | None) -> str:
    """Return a range of ranks as "2" or "1–3", "–" where they are unknown."""
    if low is None:
        return UNKNOWN
    return f"{low}" if low == high else f"{low}–{high}"


def p_value(p: float | None) -> str:
    """Return a p value with three digits, "< 0.001" below that, "–" where it is unknown."""
    if p is None:
        return UNKNOWN
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def seconds(milliseconds: float | None) -> str:
    """Return a time in seconds, "–" where it is unknown."""
    return UNKNOWN if milliseconds is None else f"{milliseconds / 1000:.1f} s"
