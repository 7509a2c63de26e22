"""What each side prepares for the workshop, until when, and whether both stand by the numbers."""
