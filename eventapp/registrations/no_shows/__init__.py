"""Who was confirmed and did not come, by company, over the years."""
