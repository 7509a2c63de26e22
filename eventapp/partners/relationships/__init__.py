"""Connections between companies and when they hold: who supplies whom, who is allied, who belongs to whom."""
