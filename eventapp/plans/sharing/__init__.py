"""The executive summary of a plan, where both owners let everybody of both organisations read it."""
