"""Opening a plan from a template."""
