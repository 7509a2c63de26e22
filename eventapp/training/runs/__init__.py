"""Runs: making, changing and publishing them, and their pages."""
