"""Who wants a course for which no date fits, and where a run would help."""
