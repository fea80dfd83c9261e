"""Sizes of studies whose participants and pictures are both samples."""
