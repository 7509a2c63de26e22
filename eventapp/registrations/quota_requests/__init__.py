"""Companies ask for more places, with a reason; the partner manager decides with one click."""
