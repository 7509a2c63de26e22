"""Who sits where: facts, placing, what a placing does not fulfil, and why. Pure functions, nothing of the database."""
