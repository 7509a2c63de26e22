"""What comes of a run: assessments, practical exercises, what people say of it, and the figures for trainers and organizers."""
