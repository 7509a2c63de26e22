"""Taking in a schedule.json of another tool: reading it, comparing it with the draft, carrying it out."""
