"""The organizer's pages about who may come. Here, since more places confirm registrations, which stand above events."""
