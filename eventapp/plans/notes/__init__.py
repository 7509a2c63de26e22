"""What one side writes for itself: read by its own team, and by nobody else."""
