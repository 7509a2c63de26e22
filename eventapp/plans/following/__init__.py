"""Next year's plan from this one, with what both sides take along."""
