"""Consents, diet and access needs, objections, retention: what a person decides about the own data."""
