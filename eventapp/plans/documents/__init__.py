"""A version of a plan on paper: drawn from what was frozen, with who signed it."""
