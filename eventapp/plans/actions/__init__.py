"""What was agreed to be done: by whom, until when, and how far it is."""
