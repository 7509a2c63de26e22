"""Counted places: the one engine for everything that can be full."""
