"""Events: what, where, when, and how many may come."""
