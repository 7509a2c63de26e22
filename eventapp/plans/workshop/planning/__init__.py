"""Planning a workshop: where, how, who leads it."""
