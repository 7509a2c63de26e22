"""Logins: users, what they were granted, signing in and its throttle."""
