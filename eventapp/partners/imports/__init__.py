"""Taking in the partner list and its people from files of other systems."""
