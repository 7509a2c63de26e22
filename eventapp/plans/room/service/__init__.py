"""What is done in the room, by use case. Everything under the plan's lock and in the caller's transaction."""
