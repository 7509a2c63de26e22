"""What an event writes to its people: texts with placeholders, switches, and what leaves on a date."""
