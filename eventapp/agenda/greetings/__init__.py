"""Greetings of partners on an event on video: one short text of each company, looked at before it is shown."""
