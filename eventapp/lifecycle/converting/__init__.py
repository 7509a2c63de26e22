"""Moving an event overnight: on video, into a room, or to another date, with everybody who is registered."""
