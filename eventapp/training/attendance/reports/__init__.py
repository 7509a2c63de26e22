"""Attendance reports of meeting tools: reading them, previewing, and taking them in."""
