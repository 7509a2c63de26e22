"""The workshop before it begins: planning it, finding a date, its agenda, what both sides prepare, the frozen pack."""
