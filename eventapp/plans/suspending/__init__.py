"""A plan whose company was merged or has ended waits until its owners decide: go on, both of them, or give it up."""
