"""The workshop while it is under way: agenda and timer, who is there, quorum, SWOT, parking lot, votes, minutes, live pages."""
