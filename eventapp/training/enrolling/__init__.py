"""Enrolments: rows that follow the registrations and the places in sessions of runs."""
