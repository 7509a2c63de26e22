"""Merging two companies, or two people, that turned out to be one; and taking a merge back."""
