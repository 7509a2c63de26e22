"""Pioneers who look after newcomers for a while."""
