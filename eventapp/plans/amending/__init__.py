"""Giving an amendment up: what is written goes back to the version in force."""
