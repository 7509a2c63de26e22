"""People who help with one event: invited by a link, for a time, and they read that event alone."""
