"""The forms that organizers build: sections, versioned questions, conditions, the library of reusable questions."""
