"""What is a good answer. `read` makes the value that is kept, as JSON holds it, of what was typed.

Numbers are kept as decimal text, dates and times in ISO 8601; a moment is the local time of the event, as it was typed.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from eventapp.core.email import EmailError, normal_address
from eventapp.core.i18n import _
from eventapp.core.links import is_web_address
from eventapp.core.text import clean, one_line
from eventapp.questions.models import Kind
from eventapp.questions.rules.asked import Asked

LINE, LONG, ADDRESS = 500, 5000, 500
MOST_DIGITS = 15
# ITU-T E.164: a country code that does not begin with 0, at most 15 digits in all. Shorter than 7 is no number abroad.
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_PHONE_MARKS = re.compile(r"[\s().\-/\u2010-\u2015\u00a0]")


class AnswerError(ValueError):
    """The answer cannot be kept; the text says why and what to do."""


def read(question: Asked, raw: Any, *, countries: Collection[str] = ()) -> Any:
    """The value of an answer, none for no answer. `raw` is text, a list of texts, or true for a tick.

    Raises AnswerError. Files and companies are read elsewhere: they need a look into the database.
    """
    if question.kind is Kind.SEVERAL_OF:
        return _several(question, raw if isinstance(raw, list) else [raw])
    if question.kind is Kind.CONSENT:
        return True if raw in (True, "y", "yes", "on", "true", "1") else None
    if isinstance(raw, list):
        raw = raw[0] if raw else ""
    if question.kind is Kind.LONG_TEXT:
        text = clean(str(raw or "")).replace("\r\n", "\n").replace("\r", "\n").strip()
    else:
        text = one_line(str(raw or ""))
    if not text:
        return None
    if question.kind is Kind.COUNTRY:
        if text not in countries:
            raise AnswerError(_("Choose a country from the list."))
        return text
    return _READ[question.kind](question, text)


def _text(question: Asked, text: str) -> str:
    most = min(int(question.settings.get("max") or LINE), LONG if question.kind is Kind.LONG_TEXT else LINE)
    if question.kind is Kind.LONG_TEXT:
        most = min(int(question.settings.get("max") or LONG), LONG)
    if len(text) > most:
        raise AnswerError(_("At most %(n)d characters.", n=most))
    return text


def _number(question: Asked, text: str) -> str:
    plain = text.replace(" ", "").replace("−", "-")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if not plain.isascii() or not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", plain) or len(plain) > MOST_DIGITS + 3:
        raise AnswerError(_("Enter a number, like 12 or 12.5."))
    number = Decimal(plain)
    least, most = (_decimal(question.settings.get(name)) for name in ("min", "max"))
    if least is not None and number < least:
        raise AnswerError(_("Enter at least %(n)s.", n=least))
    if most is not None and number > most:
        raise AnswerError(_("Enter at most %(n)s.", n=most))
    if number == 0:
        return "0"
    return format(number.normalize(), "f")


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None


def _yes_no(_question: Asked, text: str) -> bool:
    if text not in ("yes", "no"):
        raise AnswerError(_("Choose yes or no."))
    return text == "yes"


def _one(question: Asked, text: str) -> str:
    if question.option(text) is None:
        raise AnswerError(_("Choose one of the options. The one you chose is not offered any more."))
    return text


def _several(question: Asked, raw: Sequence[Any]) -> list[str] | None:
    chosen = list(dict.fromkeys(str(key) for key in raw if key))
    if any(question.option(key) is None for key in chosen):
        raise AnswerError(_("Choose among the options. One of those you chose is not offered any more."))
    most = question.settings.get("most")
    if most and len(chosen) > int(most):
        raise AnswerError(_("Choose at most %(n)d.", n=int(most)))
    in_order = [o.key for o in question.options if o.key in chosen]
    return in_order or None


def _date(question: Asked, text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise AnswerError(_("Enter a date, like 2027-05-18.")) from error
    _within(question, day.isoformat())
    return day.isoformat()


def _time(_question: Asked, text: str) -> str:
    if not re.fullmatch(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", text):
        raise AnswerError(_("Enter a time, like 09:30."))
    try:
        return time.fromisoformat(text).strftime("%H:%M")
    except ValueError as error:
        raise AnswerError(_("Enter a time, like 09:30.")) from error


def _moment(question: Asked, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "T"))
    except ValueError as error:
        raise AnswerError(_("Enter a date and a time, like 2027-05-18 09:00.")) from error
    if moment.tzinfo is not None:
        raise AnswerError(_("Enter the local time of the event, without a zone."))
    _within(question, moment.date().isoformat())
    return moment.strftime("%Y-%m-%dT%H:%M") if moment.year >= 1000 else ""


def _within(question: Asked, day: str) -> None:
    least, most = question.settings.get("min") or "1900-01-01", question.settings.get("max") or "2200-12-31"
    if not str(least) <= day <= str(most):
        raise AnswerError(_("Enter a date from %(least)s to %(most)s.", least=least, most=most))


def phone(text: str) -> str:
    """A phone number in the form of E.164. Raises AnswerError."""
    plain = _PHONE_MARKS.sub("", text.replace("(0)", ""))
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    if not _PHONE.fullmatch(plain):
        raise AnswerError(_("Enter the number with its country code, like +43 1 234 5678."))
    return plain


def _email(_question: Asked, text: str) -> str:
    try:
        return normal_address(text)
    except EmailError as error:
        raise AnswerError(_("Enter an e-mail like name@company.com.")) from error


def _link(_question: Asked, text: str) -> str:
    message = _("Enter a link like https://company.com/page.")
    if "://" not in text and "." in text and " " not in text:
        text = f"https://{text}"
    if len(text) > ADDRESS or not is_web_address(text):
        raise AnswerError(message)
    return text


_READ: dict[Kind, Any] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.NUMBER: _number,
    Kind.YES_NO: _yes_no,
    Kind.ONE_OF: _one,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.MOMENT: _moment,
    Kind.PHONE: lambda _question, text: phone(text),
    Kind.EMAIL: _email,
    Kind.LINK: _link,
}


def as_text(question: Asked, value: Any) -> str:
    """An answer in words, for pages, search and exports; several options are joined by "; "."""
    if value is None:
        return ""
    if question.kind is Kind.CONSENT:
        return _("Agreed")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return "; ".join(_label(question, key) for key in value)
    if isinstance(value, dict):
        return str(value.get("name", ""))
    return _label(question, str(value)) if question.kind is Kind.ONE_OF else str(value)


def _label(question: Asked, key: str) -> str:
    option = question.option(key)
    return option.label if option else key


def chosen(question: Asked, value: Any) -> frozenset[str]:
    """The keys of the options that an answer holds."""
    if not question.chooses or value is None:
        return frozenset()
    return frozenset(value if isinstance(value, list) else [value])
