"""Partners among themselves: a directory that one chooses to stand in, meetings, newcomers with buddies among the pioneers."""
