"""The languages that people and companies say they work in."""

from flask_babel import get_locale

# Codes of ISO 639-1: those of the countries that programmes in Europe, the Middle East and Africa serve.
LANGUAGES = (
    *("ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hr", "hu", "is", "it"),
    *("lt", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "sw", "tr", "uk"),
)


def language_names() -> dict[str, str]:
    """What the languages are called in the visitor's, by code, in the order of the names."""
    names = get_locale().languages
    found = {code: str(names.get(code, code)) for code in LANGUAGES}
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))
