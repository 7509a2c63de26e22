"""Seat blocks: a company holds unnamed places of an event, names them until a date and allots them to its resellers."""
