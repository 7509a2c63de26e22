"""Territories: which companies a partner manager looks after."""
