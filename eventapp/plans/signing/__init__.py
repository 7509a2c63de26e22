"""Signing: both owners are ready, the content is frozen and hashed, everybody signs the same hash."""
