"""Changes that people of the two teams ask for, and what the owners answer."""
