"""Saved filters: what somebody looks for in a list, under a name, for themselves or for all who work for the vendor."""
