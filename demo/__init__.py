"""The pages: Harmonize, Compare, Study and Results."""

from study import VERSION as VERSION
