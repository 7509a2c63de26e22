"""The pool of questions of a version of a course."""
