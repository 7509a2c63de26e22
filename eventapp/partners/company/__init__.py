"""The pages on which a company looks after itself. Each shows the company acted for, and only that."""
