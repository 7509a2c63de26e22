"""A person changes company: what was stays with the old one, what comes belongs to the new one."""
