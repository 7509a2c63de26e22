"""The catalogue: courses, credentials and curricula, for organizers and for everybody."""
