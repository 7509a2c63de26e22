"""Languages: marking text for translation, and which language a visitor reads."""

from typing import Any

from flask import Flask, request
from flask_babel import Babel, force_locale, lazy_gettext
from flask_babel import gettext as translate
from flask_babel import ngettext as translate_plural

LANGUAGES = ("en",)
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})

__all__ = ["LANGUAGES", "_", "_l", "force_locale", "gettext", "init_i18n", "lazy_gettext", "ngettext"]


def gettext(message: str, **values: Any) -> str:
    """`message` in the visitor's language, with `%(name)s` filled in."""
    return str(translate(message, **values))


def ngettext(one: str, many: str, count: int, **values: Any) -> str:
    """The form of the message for that number, which is `%(num)s` in it."""
    return str(translate_plural(one, many, count, **values))


_ = gettext
_l = lazy_gettext


def visitor_language() -> str:
    """The best language we have for the visitor's Accept-Language header."""
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0] if request else LANGUAGES[0]


def init_i18n(app: Flask) -> None:
    """Binds Babel; templates get `html_lang` and `html_dir` for the html element."""
    Babel(app, locale_selector=visitor_language)

    @app.context_processor
    def language() -> dict[str, Any]:
        chosen = visitor_language()
        return {"html_lang": chosen, "html_dir": "rtl" if chosen in RIGHT_TO_LEFT else "ltr"}
