"""Who comes first while places last: the draw with a published seed, and the round of one place for each company."""
