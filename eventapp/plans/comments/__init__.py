"""What people of both teams say about a section. It changes nothing of what is signed."""
