"""Questions as form fields: what is shown, what was typed, and what of it is a good answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import wtforms
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, FileField, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice

from eventapp.core.errors import RuleError
from eventapp.core.forms import LineField, OptionalInput, TextField
from eventapp.core.i18n import _
from eventapp.places.models import Pool
from eventapp.questions.models import CHOICES, UPLOADS, Kind
from eventapp.questions.queries import AskedSection, questions_in
from eventapp.questions.rules.asked import Asked, Facts
from eventapp.questions.rules.conditions import shown
from eventapp.questions.rules.values import ADDRESS, LINE, LONG, AnswerError, as_text, chosen, read

# More options than this are a list to open instead of buttons.
MOST_BUTTONS = 8
ASKED = "asked"


@dataclass(frozen=True)
class Offer:
    """What there is to choose from, at this moment: countries, companies by id, and the places of limited options."""

    countries: Mapping[str, str] = field(default_factory=dict)
    companies: Mapping[int, str] = field(default_factory=dict)
    pools: Mapping[tuple[int, str], Pool] = field(default_factory=dict)

    def full(self, question_id: int, key: str) -> bool:
        """Whether all places of an option are taken."""
        pool = self.pools.get((question_id, key))
        return pool is not None and pool.free == 0

    def left(self, question_id: int, key: str) -> int | None:
        """How many places of an option are left; none for no limit."""
        pool = self.pools.get((question_id, key))
        return pool.free if pool is not None else None


@dataclass(frozen=True)
class Item:
    """One question on the page. `field` is none for headings and help texts, and for answers that are frozen."""

    question: Asked
    field: Any
    shown: bool
    required: bool
    condition: str
    frozen: str = ""

    @property
    def first(self) -> bool:
        """Whether it comes first where only what is needed is in view."""
        return self.required and not self.condition


class Uploads(Protocol):
    """Takes files in, as soon as they are sent."""

    def __call__(self, question: Asked, name: str, kept: Any) -> Any:
        """The answer in the field of that name; `kept` is the present one. Raises AnswerError."""


class Answers:
    """The questions of a form for one answerer. `values` are the good answers after `validate`.

    `prefix` parts the fields of several answerers on one page. Nothing is read from `formdata` that was not asked:
    a page marks what it asks with a hidden field. What a question that is not shown brings along is passed over.
    """

    def __init__(
        self,
        sections: Sequence[AskedSection],
        facts: Facts,
        *,
        now: datetime,
        formdata: MultiDict[str, Any] | None = None,
        kept: Mapping[int, Any] | None = None,
        offer: Offer | None = None,
        prefix: str = "",
        context: Mapping[int, Any] | None = None,
        may_change_frozen: bool = False,
        require: bool = True,
        uploads: Uploads | None = None,
    ) -> None:
        self.sections, self.facts, self.now, self.prefix = sections, facts, now, prefix
        self.kept, self.context, self.offer = dict(kept or {}), dict(context or {}), offer or Offer()
        self.may_change_frozen, self.require = may_change_frozen, require
        self.taken_in = uploads
        # Where a page shows a file that was given before: called with its key.
        self.file_url: Callable[..., str] | None = None
        self._files: dict[int, Any] = {}
        self.questions = questions_in(sections)
        self.sent = formdata is not None and f"{prefix}{ASKED}" in formdata
        fields = {f"q{q.id}": f for q in self.questions if (f := self._field(q)) is not None}
        # A new class costs more than a form of it: where nothing is asked, there is one.
        made = type("Fields", (wtforms.Form,), fields) if fields else wtforms.Form
        # What was sent, for pages that carry it on without showing it.
        pairs = formdata.items(multi=True) if formdata is not None and self.sent else ()
        self.raw = [(name, value) for name, value in pairs if name.startswith(prefix)] if prefix else []
        self.form: wtforms.Form = made(formdata if self.sent else None, prefix=prefix, data=self._data())
        self.values: dict[int, Any] = {}
        self.visible = shown(self.questions, facts, self._typed(), self.context)

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return any(not q.silent for q in self.questions)

    def _frozen(self, question: Asked) -> bool:
        return question.frozen_at(self.now) and not self.may_change_frozen

    def _field(self, question: Asked) -> Any:
        if question.silent or self._frozen(question):
            return None
        return make_field(question, self.offer, chosen(question, self.kept.get(question.id)))

    def _data(self) -> dict[str, Any]:
        """Kept answers as the fields show them."""
        found: dict[str, Any] = {}
        for question in self.questions:
            value = self.kept.get(question.id)
            if value is None:
                continue
            if question.kind is Kind.YES_NO:
                value = "yes" if value else "no"
            elif isinstance(value, dict):
                value = str(value.get("id", ""))
            found[f"q{question.id}"] = value
        return found

    def _answer(self, question: Asked) -> Any:
        """The answer that stands in the field. Raises AnswerError."""
        if self._frozen(question):
            return self.kept.get(question.id)
        there = self.form[f"q{question.id}"]
        if question.kind in UPLOADS:
            return self._file(question, there)
        if question.kind is Kind.COMPANY:
            return self._company(there.data)
        return read(question, there.data, countries=self.offer.countries)

    def _file(self, question: Asked, there: Field) -> Any:
        """The file that was sent now, or before with a form that was refused, or was there. Each is taken in once."""
        if question.id not in self._files:
            self._files[question.id] = self.kept.get(question.id)
            if self.taken_in is not None and self.sent:
                try:
                    self._files[question.id] = self.taken_in(question, there.name, self.kept.get(question.id))
                except AnswerError as error:
                    self._files[question.id] = error
        found = self._files[question.id]
        if isinstance(found, AnswerError):
            raise found
        return found

    def file(self, question: Asked) -> Any:
        """The file that stands in a field, if there is one: the page names it and carries it on."""
        found = self._files.get(question.id, self.kept.get(question.id))
        return found if isinstance(found, dict) else None

    @property
    def takes_files(self) -> bool:
        """Whether the page's form must be sent as one with files."""
        return any(q.kind in UPLOADS for q in self.questions)

    def _company(self, text: Any) -> Any:
        if not text:
            return None
        id_ = int(text) if str(text).isascii() and str(text).isdigit() and len(str(text)) < 10 else 0
        if id_ not in self.offer.companies:
            raise AnswerError(_("Choose a company from the list."))
        return {"id": id_, "name": self.offer.companies[id_]}

    def _typed(self) -> dict[int, Any]:
        """All good answers that stand there, shown or not, with those that are given elsewhere."""
        found = dict(self.context)
        for question in self.questions:
            if question.silent:
                continue
            try:
                value = self._answer(question)
            except AnswerError:
                continue
            if value is not None:
                found[question.id] = value
        return found

    def validate(self) -> bool:
        """Checks what is shown; what is not counts for nothing. Without `require` whatever is missing may come later."""
        self.values = {}
        good = True
        for question in self.questions:
            if question.id not in self.visible or question.silent:
                continue
            try:
                value = self._answer(question)
            except AnswerError as error:
                self._blame(question, str(error))
                good = False
                continue
            if value is not None:
                self.values[question.id] = value
            elif self.require and question.required_at(self.now) and not self._frozen(question):
                self._blame(question, self._missing(question))
                good = False
        return good

    @staticmethod
    def _missing(question: Asked) -> str:
        if question.kind is Kind.CONSENT:
            return _("Tick this to go on.")
        return _("Choose one.") if question.kind in CHOICES | {Kind.YES_NO, Kind.COUNTRY, Kind.COMPANY} else _("Fill this in.")

    def _blame(self, question: Asked, message: str) -> None:
        there = self.form[f"q{question.id}"]
        there.errors = [*there.errors, message]

    def refuse(self, error: RuleError) -> bool:
        """Puts the message of a rule on its field, if that is one of these."""
        for there in self.form:
            if error.field is not None and there.name == error.field:
                there.errors = [*there.errors, error.message]
                return True
        return False

    @property
    def missing(self) -> list[Asked]:
        """The questions that are shown, needed now, and have no answer yet."""
        typed = self._typed()
        return [q for q in self.questions if q.id in self.visible and q.required_at(self.now) and q.id not in typed]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Messages with the ids of their fields, for the list on top of the page."""
        return [(message, there.id) for there in self.form for message in there.errors if isinstance(message, str)]

    @property
    def conditional(self) -> bool:
        """Whether some questions depend on others."""
        return any(q.condition for q in self.questions)

    @property
    def facts_json(self) -> str:
        """The facts for the browser."""
        facts = self.facts
        return json.dumps(
            {"type": sorted(facts.types), "tier": [facts.tier], "mode": [facts.mode], "kind": [facts.kind]}, separators=(",", ":")
        )

    @property
    def context_json(self) -> str:
        """Answers that conditions ask about and that have no field here, given elsewhere or frozen, for the browser."""
        asked = {t["on"] for q in self.questions for t in (q.condition or {}).get("tests", ())}
        frozen = {q.id: self.kept[q.id] for q in self.questions if q.id in self.kept and q.id in self.visible and self._frozen(q)}
        return json.dumps({f"q{id_}": value for id_, value in {**self.context, **frozen}.items() if f"q{id_}" in asked})

    def items(self, section: AskedSection) -> list[Item]:
        """The questions of a section, as the page shows them."""
        return [self._item(question) for question in section.questions]

    def _item(self, question: Asked) -> Item:
        there: Field | None = None if question.silent or self._frozen(question) else self.form[f"q{question.id}"]
        return Item(
            question,
            there,
            question.id in self.visible,
            question.required_at(self.now),
            json.dumps(question.condition) if question.condition else "",
            self._in_words(question) if self._frozen(question) else "",
        )

    def _in_words(self, question: Asked) -> str:
        return as_text(question, self.kept.get(question.id)) or _("No answer")


def _line(question: Asked, kind: str = "text", length: int = LINE, **attributes: Any) -> Any:
    most = int(question.settings.get("max") or length) if question.kind is Kind.TEXT else length
    return LineField(question.label, length=min(most, length), render_kw={"type": kind, **attributes})


def _day(question: Asked, kind: str) -> Any:
    suffix = "T00:00" if kind == "datetime-local" else ""
    ends = {n: f"{question.settings[n]}{suffix}" for n in ("min", "max") if question.settings.get(n)}
    return _line(question, kind, 20, **ends)


def _choices(question: Asked, offer: Offer, own: frozenset[str]) -> list[SelectChoice]:
    found = []
    for option in question.options:
        label, attributes = option.label, {}
        left = offer.left(question.id, option.key)
        if left == 0 and option.key not in own:
            label, attributes = _("%(option)s (full)", option=label), {"disabled": True}
        elif left is not None and left <= 10 and option.key not in own:
            label = _("%(option)s (%(n)s left)", option=label, n=left)
        found.append(SelectChoice(option.key, label, render_kw=attributes))
    return found


def make_field(question: Asked, offer: Offer, own: frozenset[str] = frozenset()) -> Any:
    """The field of a question; `own` are the options that its answerer holds already."""
    kind, label = question.kind, question.label
    if kind is Kind.ONE_OF:
        choices = _choices(question, offer, own)
        if len(choices) <= MOST_BUTTONS:
            return RadioField(label, [OptionalInput()], choices=choices, validate_choice=False)
        return SelectField(label, [OptionalInput()], choices=[SelectChoice("", _("Choose …")), *choices], validate_choice=False)
    if kind is Kind.SEVERAL_OF:
        return SelectMultipleField(
            label,
            [OptionalInput()],
            choices=_choices(question, offer, own),
            validate_choice=False,
            option_widget=wtforms.widgets.CheckboxInput(),
        )
    if kind is Kind.YES_NO:
        choices = [SelectChoice("yes", _("Yes")), SelectChoice("no", _("No"))]
        return RadioField(label, [OptionalInput()], choices=choices, validate_choice=False)
    if kind is Kind.CONSENT:
        return BooleanField(label)
    if kind in (Kind.COUNTRY, Kind.COMPANY):
        names = offer.countries if kind is Kind.COUNTRY else {str(id_): name for id_, name in offer.companies.items()}
        choices = [SelectChoice("", _("Choose …")), *(SelectChoice(key, name) for key, name in names.items())]
        return SelectField(label, [OptionalInput()], choices=choices, validate_choice=False)
    if kind is Kind.LONG_TEXT:
        return TextField(label, length=min(int(question.settings.get("max") or LONG), LONG), render_kw={"rows": 3})
    return _LINES[kind](question)


_LINES: dict[Kind, Any] = {
    Kind.TEXT: _line,
    Kind.NUMBER: partial(_line, length=20, inputmode="decimal"),
    Kind.DATE: partial(_day, kind="date"),
    Kind.MOMENT: partial(_day, kind="datetime-local"),
    Kind.TIME: partial(_line, kind="time", length=10),
    Kind.PHONE: partial(_line, kind="tel", length=40, autocomplete="tel"),
    Kind.EMAIL: partial(_line, kind="email", length=254),
    Kind.LINK: partial(_line, kind="url", length=ADDRESS),
    Kind.FILE: lambda question: FileField(question.label),
    Kind.PICTURE: lambda question: FileField(question.label, render_kw={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
}
