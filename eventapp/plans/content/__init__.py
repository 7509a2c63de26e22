"""What a plan says: its sections and their rows, written by both sides at once, agreed by both."""
