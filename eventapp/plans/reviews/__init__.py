"""Quarterly reviews: planned with both teams, numbers frozen before, minutes and commitments after, accepted by both sides."""
