"""What organizers do with registrations afterwards: comments, tags, acts in bulk."""
