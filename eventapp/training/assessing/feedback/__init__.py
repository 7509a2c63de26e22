"""What people say of a run, and later what they use of it; shown in numbers that give nobody away."""
