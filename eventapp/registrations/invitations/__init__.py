"""Invitations to an event: to people, companies or a segment, each with a personal link."""
