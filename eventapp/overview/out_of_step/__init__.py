"""What is out of step between the vendor and a company: each with its reason, its row, and the act that mends it."""
