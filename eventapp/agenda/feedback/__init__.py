"""What people say of sessions: stars and texts, anonymous, and what comes of them for organizers and speakers."""
