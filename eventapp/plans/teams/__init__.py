"""The teams of both sides: who joins, who leaves, who takes over from whom."""
