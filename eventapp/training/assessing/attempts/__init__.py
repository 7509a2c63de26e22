"""Trying the assessment: drawn questions, saved answers, a time limit, a score."""
