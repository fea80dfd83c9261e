"""Report training data that cannot be used."""


class BadData(ValueError):
    """Report training data that cannot be used; the message states the expected form."""
