"""Releases of the agenda: the draft made public, its difference to the one before, who is told, and taking one back."""
