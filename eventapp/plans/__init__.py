"""Joint business plans of the vendor and a partner: two teams, one plan, signed by both, lived by over the year."""
