"""Answers to the questions of an event's form: of each person, and of a company for its group."""
