"""People who stand at the door without a registration."""
