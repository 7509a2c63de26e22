"""Attendance: what each source says about who was there, counted, matched and settled."""
