"""What questions mean: pure functions over facts, without a database."""
