"""The pages: Harmonize, Compare, Study and Results."""

VERSION = "0.1.0"
