"""A company's registrations over all events, on its own pages."""
