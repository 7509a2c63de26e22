"""Decisions in the open: the Open Decision Framework as a log of decisions."""
