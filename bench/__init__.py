"""The benchmark: each figure of the application beside its own floor, measured in the same run."""
