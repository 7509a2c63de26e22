"""Training: courses, their runs, who attended, who is certified, and what that means for each company."""
