"""Companies whose people sign in at their own provider."""
