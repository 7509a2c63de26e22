"""Asking for a meeting: nobody learns of it but the two sides, and no address before a yes."""
