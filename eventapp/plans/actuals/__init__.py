"""What was reached: entered by one side, confirmed by the other; attainment and score."""
