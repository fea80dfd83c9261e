"""Provide the web application with the pages Harmonize, Compare, Study, Results and Organizer."""

from study import VERSION as VERSION
