"""Finding a date over both teams, and telling calendars of it."""
