"""All plans that somebody reads, added up: states, how they stand, what is due, targets and what was reached."""
