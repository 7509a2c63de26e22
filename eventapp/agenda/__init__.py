"""What happens at an event: sessions, speakers, the timetable and its releases, one's own agenda, join links."""
