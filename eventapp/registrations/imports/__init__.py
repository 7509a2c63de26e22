"""Registrations out of another tool's list: which company and person each row means, and writing them."""
