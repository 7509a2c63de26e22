"""The programme: what companies of a tier must have, where each stands, and what a changed rule would do."""
