"""Decisions of a plan: its two teams take part in each, nobody else, and premortems become actions."""
