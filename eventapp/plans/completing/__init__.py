"""The end of a plan: what it asks for, and what both sides have learnt."""
