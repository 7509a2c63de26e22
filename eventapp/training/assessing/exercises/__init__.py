"""The practical exercise: a recording is handed in, and marked by a rubric."""
