"""The vendor's own people: who holds which role, for how long, and how they are invited."""
