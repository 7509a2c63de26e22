"""The editor of the draft: a grid of rooms and times, its warnings, and undoing the last steps."""
