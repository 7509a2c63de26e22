"""Who of the partners wants to be found, and for what."""
