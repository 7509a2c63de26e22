"""Everything that both sides have prepared, frozen as one document."""
