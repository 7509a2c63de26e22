"""Who did what, when: old and new values, kept for good."""
