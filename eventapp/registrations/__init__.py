"""Registrations of people of a company for an event."""
