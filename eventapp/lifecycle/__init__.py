"""Acts over several features: changing, cancelling an event that people are registered for."""
