"""What newcomers do first, and how far they are."""
