"""What the workshop goes through, and how long each part takes."""
