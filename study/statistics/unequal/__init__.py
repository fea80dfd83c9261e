"""Errors of scores where few groups have most of the votes."""
