"""Ideas and needs of partners: what they want, who wants it too, and the answer that each gets."""
