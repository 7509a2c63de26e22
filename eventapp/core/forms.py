"""The form base class and the fields in use: cleaned text, lengths like the columns', one-time keys."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import wtforms.i18n
from babel.support import NullTranslations, Translations
from flask import request
from flask_babel import format_decimal
from flask_login import current_user
from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from wtforms import (
    DateField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectFieldBase,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import EmailField as WtEmailField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation
from wtforms.widgets import EmailInput, HiddenInput, TextInput
from wtforms.widgets.core import clean_key

from eventapp.core.amounts import plain_amount, read_amount
from eventapp.core.email import EmailError, normal_address
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _, _l, visitor_language
from eventapp.core.once import fingerprint, new_key, use, well_formed
from eventapp.core.text import clean, one_line

NOT_IN_BODY = ("csrf_token", "once_key")


class Filled(InputRequired):
    """Something must be there, and still be there when blanks and control characters have fallen away."""

    def __call__(self, form: Any, field: Any) -> None:
        super().__call__(form, field)
        if field.data == "":
            field.errors = []
            raise StopValidation(self.message)


class OptionalInput(Optional):
    """May stay empty.

    The library's own forgets what is wrong with the choices of a field when the first of them is blank, and `int("")` or
    anything else goes on into the service. Here a choice that is not offered stays one.
    """

    def __call__(self, form: Any, field: Any) -> None:
        if not isinstance(field, SelectFieldBase) or not any(field.raw_data or ()):
            if isinstance(field, SelectMultipleField):
                field.data = []
            super().__call__(form, field)


def required(message: str | None = None) -> Filled:
    """Something must be filled in."""
    return Filled(message or _l("Fill this in."))


def optional() -> OptionalInput:
    """May stay empty."""
    return OptionalInput()


def at_most(length: int) -> Length:
    """No more than `length` characters, the length of the column."""
    return Length(max=length, message=_l("At most %(max)d characters."))


def _filter_line(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _filter_text(value: Any) -> Any:
    return clean(value).replace("\r\n", "\n").replace("\r", "\n").strip() if isinstance(value, str) else value


def attributes(**values: Any) -> Markup:
    """What `wtforms.widgets.html_params` gives, without a format string for each attribute: a third of a form's time."""
    found = []
    for key, value in sorted(values.items()):
        if value is not False:
            name = clean_key(key)
            found.append(name if value is True else '{}="{}"'.format(name, str(escape(value)).replace('"', "&quot;")))
    return Markup(" ".join(found))  # noqa: S704 - escaped above


class _Line(TextInput):
    html_params = staticmethod(attributes)


class _Address(EmailInput):
    html_params = staticmethod(attributes)


class _Hidden(HiddenInput):
    html_params = staticmethod(attributes)


class LineField(StringField):
    """One line of text, at most `length` characters; control characters fall away."""

    widget = _Line()

    def __init__(self, label: Any, validators: list[Any] | None = None, *, length: int, **kwargs: Any) -> None:
        super().__init__(label, [*(validators or [optional()]), at_most(length)], filters=[_filter_line], **kwargs)
        self.length = length
        self.render_kw: dict[str, Any] = {"maxlength": length, **kwargs.get("render_kw", {})}


class TextField(TextAreaField):
    """Several lines of text, at most `length` characters."""

    def __init__(self, label: Any, validators: list[Any] | None = None, *, length: int, **kwargs: Any) -> None:
        super().__init__(label, [*(validators or [optional()]), at_most(length)], filters=[_filter_text], **kwargs)
        self.render_kw: dict[str, Any] = {"rows": 5, **kwargs.get("render_kw", {})}


class AmountField(StringField):
    """An amount with at most two decimals, `Decimal` or none; typed with a comma or a point, thousands set apart or not."""

    widget = _Line()

    def __init__(self, label: Any, validators: list[Any] | None = None, *, least: Decimal | None = None, **kwargs: Any) -> None:
        super().__init__(label, [*(validators or [optional()]), self._in_range], **kwargs)
        self.least = least
        self.render_kw: dict[str, Any] = {"inputmode": "decimal", "maxlength": 24, **kwargs.get("render_kw", {})}

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Reads what was typed; what is no amount stays in the field with its message."""
        text = one_line(valuelist[0]) if valuelist and isinstance(valuelist[0], str) else ""
        self.data = read_amount(text) if text else None
        if text and self.data is None:
            raise ValueError(_("Enter a number with at most two decimals, like 1250 or 1250.50."))

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else plain_amount(self.data)

    @staticmethod
    def _in_range(_form: Any, field: Any) -> None:
        if field.least is not None and field.data is not None and field.data < field.least:
            raise StopValidation(_("No less than %(least)s.", least=format_decimal(field.least)))


class Day(DateField):
    """A day, or none, of a year that no calendar trips over: nobody is to reckon with the first or the last day there is."""

    data: Any

    def __init__(self, label: Any, validators: list[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(label, validators or [optional()], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Reads what was typed; another year stays in the field with its message."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Enter a day like 31.12.2027.")) from error
        if self.data is not None and not 1990 <= self.data.year <= 2200:
            self.data = None
            raise ValueError(_("Enter a year between 1990 and 2200."))


class AddressField(WtEmailField):
    """An e-mail address; its data is in normal form."""

    widget = _Address()

    def __init__(self, label: Any, validators: list[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(label, [*(validators or [optional()]), at_most(254), valid_address], filters=[_filter_line], **kwargs)
        self.render_kw: dict[str, Any] = {"maxlength": 254, "inputmode": "email", **kwargs.get("render_kw", {})}


def valid_address(_form: Any, field: Any) -> None:
    """Stops at an address that no mail could reach by its shape; puts the normal form into the field."""
    if not field.data:
        return
    try:
        field.data = normal_address(field.data)
    except EmailError as error:
        raise StopValidation(_("Enter an e-mail like name@company.com.")) from error


@lru_cache(maxsize=16)
def _translations(language: str) -> NullTranslations:
    return Translations.load(wtforms.i18n.messages_path(), [language], domain="wtforms")


class Part(Protocol):
    """Further fields of the same page that are no fields of the form: the questions of an event."""

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Messages, each with the id of its field."""

    def validate(self) -> bool:
        """Checks what was typed."""

    def refuse(self, error: RuleError) -> bool:
        """Takes the message of a rule, if it is about one of these fields."""


class Form(FlaskForm):
    """Base of all forms: CSRF, a one-time key, and refusals shown at their field."""

    parts: Sequence[Part] = ()
    # The id where the list of problems leads for what is about no field in particular: where one would begin to mend it.
    leads_to = ""

    class Meta(FlaskForm.Meta):
        """How all of our forms behave."""

        # Where almost everything may be left out, the form marks what is required, not what is optional.
        marks_required = False

        def get_translations(self, _form: Any) -> NullTranslations:
            """The library's own messages, read once; by default it reads its file for every form."""
            return _translations(visitor_language())

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Nothing of a body in JSON: the library would take it for fields, of any type and depth."""
            return None if request.is_json else super().wrap_formdata(form, formdata)

    once_key = HiddenField(default=new_key, widget=_Hidden())

    def validate(self, extra_validators: Any = None) -> bool:
        """Checks everything on the page, so that all problems show at once."""
        for field in self.all_fields():
            if isinstance(field, IntegerField) and field.process_errors:
                _say_whole_number(field)
        results = [bool(super().validate(extra_validators)), *(part.validate() for part in self.parts)]
        return all(results)

    def refuse(self, error: RuleError) -> None:
        """Puts the message of a rule on its field (`people-0-email` finds nested ones), else on the form."""
        if any(part.refuse(error) for part in self.parts):
            return
        for field in self.all_fields():
            if error.field is not None and field.name == error.field:
                field.errors = [*field.errors, error.message]
                return
        self.form_errors.append(error.message)

    def all_fields(self) -> Iterator[Field]:
        """Every field, those inside lists and groups too."""
        yield from _walk(self)

    @property
    def refused(self) -> bool:
        """Whether anything is to be mended; the page title then starts with "Error"."""
        parts = any(part.problems for part in self.parts)
        return bool(self.form_errors) or parts or any(field.errors for field in self.all_fields())

    def use_key(self, location: str, at: datetime) -> None:
        """Makes a second sending of this form find the answer of the first."""
        key = request.form.get("once_key")
        if key and well_formed(key):
            use(key, owner=owner(), body=body_fingerprint(), location=location, at=at)


def _say_whole_number(field: IntegerField) -> None:
    """What is no whole number is refused once, by what the field says of its range, else in our words."""
    ranges = [one for one in field.validators if isinstance(one, NumberRange) and one.message]
    field.process_errors = [] if ranges else [_("Enter a whole number, like 120.")]
    if any(field.raw_data or ()):
        field.validators = ranges[:1]


def _walk(container: Any) -> Iterator[Field]:
    for field in container:
        if isinstance(field, FieldList):
            yield field
            yield from _walk(field)
        elif isinstance(field, FormField):
            yield from _walk(field.form)
        else:
            yield field


class ActionForm(Form):
    """A button: nothing to fill in."""


def owner() -> str:
    """Whose one-time keys these are: the user's, or those of everybody without a login."""
    return str(current_user.get_id()) if current_user.is_authenticated else "public"


def body_fingerprint() -> str:
    """Fingerprint of the request's path and form fields."""
    pairs = [(n, v) for n, v in request.form.items(multi=True) if n not in NOT_IN_BODY]
    return fingerprint([("path", request.full_path), *pairs])
