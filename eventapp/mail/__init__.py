"""Outgoing mail: rows first, sending after the commit."""
