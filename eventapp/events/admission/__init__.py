"""Who may come, as what, and from when: the rules, and the pages on which an organizer sets them."""
