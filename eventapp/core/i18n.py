"""Languages: marking text for translation, and which language a visitor reads."""

from typing import Any

from babel import Locale, UnknownLocaleError
from flask import Flask, request
from flask_babel import Babel, force_locale, lazy_gettext
from flask_babel import gettext as translate
from flask_babel import ngettext as translate_plural
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

# The language that messages are written in. While it is the only one there is nothing to look up, dozens of times a page.
WRITTEN = "en"
LANGUAGES = (WRITTEN,)
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})

__all__ = ["LANGUAGES", "_", "_l", "force_locale", "gettext", "init_i18n", "lazy_gettext", "ngettext"]


def gettext(message: str, **values: Any) -> str:
    """`message` in the visitor's language, with `%(name)s` filled in."""
    if LANGUAGES == (WRITTEN,):
        return message % values if values else message
    return str(translate(message, **values))


def ngettext(one: str, many: str, count: int, **values: Any) -> str:
    """The form of the message for that number, which is `%(num)s` in it."""
    return str(translate_plural(one, many, count, **values))


_ = gettext
_l = lazy_gettext


@pass_eval_context
def _in_template(context: EvalContext, message: str, **values: Any) -> str:
    """The `_` of templates, as Jinja's: safe where its template escapes, and then with escaped values.

    Jinja's own looks up another function for each text, and fills in values where there are none.
    """
    text = Markup(message) if context.autoescape else message  # noqa: S704 - ours, out of a template
    return text % values if values or "%" in message else text


def visitor_language() -> str:
    """The best language we have for the visitor's Accept-Language header."""
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0] if request else LANGUAGES[0]


def language_name(tag: str) -> str:
    """A language by its tag (BCP 47), as the visitor calls it; the tag itself where nobody knows it."""
    try:
        return str(Locale.parse(tag.replace("_", "-"), sep="-").get_display_name(visitor_language()) or tag)
    except (ValueError, UnknownLocaleError):
        return tag


def init_i18n(app: Flask) -> None:
    """Binds Babel; templates get `html_lang` and `html_dir` for the html element."""
    Babel(app, locale_selector=visitor_language)
    if LANGUAGES == (WRITTEN,):
        app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # of the extension that Babel has added
            gettext=lambda message: message, ngettext=lambda one, many, n: one if n == 1 else many, newstyle=True
        )
        app.jinja_env.globals["_"] = _in_template

    @app.context_processor
    def language() -> dict[str, Any]:
        chosen = visitor_language()
        return {"html_lang": chosen, "html_dir": "rtl" if chosen in RIGHT_TO_LEFT else "ltr"}
