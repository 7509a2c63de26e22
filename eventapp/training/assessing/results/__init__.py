"""What came of runs, for those who give them and for organizers."""
