"""Circles, tables and workshop rooms: who sits with whom at an event, with what material, and who has been told."""
