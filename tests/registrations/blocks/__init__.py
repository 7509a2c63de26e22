"""Seat blocks."""
