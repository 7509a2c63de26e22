"""One's own agenda: stars, places in sessions, the private calendar."""
