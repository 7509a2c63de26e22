"""The waiting list: in which order, offers with a deadline, and moving somebody up by hand."""
