"""Objectives, actual values and actions as files: of one plan, or of all that a list shows."""
