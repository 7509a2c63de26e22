"""What an agenda is made of, as organizers keep it: tracks, types, rooms, sessions, speakers, material, pictures."""
