"""What everybody sees of an agenda: its pages and its files."""
