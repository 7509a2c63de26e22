"""An executive sponsor lets somebody of the own side sign instead: in writing, and before it is signed."""
