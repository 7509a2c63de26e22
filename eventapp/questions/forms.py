"""Forms of the builder: a section, a question with its options and its condition, deadlines, copying."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import wtforms
from wtforms import BooleanField, FieldList, FormField, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.core.markdown import to_html
from eventapp.core.times import LocalTimeError, to_local, to_utc
from eventapp.events.moments import LocalMoment
from eventapp.questions.models import CHOICES, KIND_LABELS, SCOPE_LABELS, STAGE_LABELS, Kind, Scope, Stage
from eventapp.questions.rules.asked import Asked, Option
from eventapp.questions.rules.values import AnswerError, read
from eventapp.questions.service import QuestionDetails, SectionDetails

MOST_OPTIONS = 60
EMPTY_OPTIONS = 3
SHOWN_TESTS = 3
COLOURS = {
    "": _l("None"),
    "red": _l("Red"),
    "orange": _l("Orange"),
    "yellow": _l("Yellow"),
    "green": _l("Green"),
    "blue": _l("Blue"),
    "violet": _l("Violet"),
    "grey": _l("Grey"),
}
FILE_TYPES = {
    "pdf": "PDF",
    "docx": "Word (DOCX)",
    "xlsx": "Excel (XLSX)",
    "pptx": "PowerPoint (PPTX)",
    "odt": "OpenDocument (ODT)",
    "txt": _l("Plain text"),
    "zip": "ZIP",
}


class SectionForm(Form):
    """A section."""

    title = LineField(_l("Title"), [required(_l("Give the section a title."))], length=150)
    help = TextField(_l("Introduction"), length=5_000, description=_l("Markdown. Stands under the title."), render_kw={"rows": 3})
    stage = RadioField(
        _l("Asked"), choices=[SelectChoice(s.value, label) for s, label in STAGE_LABELS.items()], default=Stage.A.value
    )

    def details(self) -> SectionDetails:
        """What was filled in."""
        return SectionDetails(self.title.data, self.help.data or "", Stage(self.stage.data))


class OptionForm(wtforms.Form):
    """One option; a row without text is none."""

    key = HiddenField()
    label = LineField(_l("Text"), length=150)
    limit = IntegerField(
        _l("At most"),
        [OptionalInput(), NumberRange(0, 100_000, _l("Enter a whole number from 0 to 100,000, or nothing for no limit."))],
        render_kw={"inputmode": "numeric", "min": 0},
    )
    colour = SelectField(_l("Colour"), choices=[SelectChoice(key, label) for key, label in COLOURS.items()])


class TestForm(wtforms.Form):
    """One part of a condition. `what` names a fact or a question, with `=` and one of its values where those are known."""

    what = SelectField(_l("What"), [OptionalInput()], validate_choice=False)
    how = SelectField(
        _l("Comparison"),
        choices=[
            SelectChoice("is", _l("is the case")),
            SelectChoice("is_not", _l("is not the case")),
            SelectChoice("at_least", _l("at least")),
            SelectChoice("at_most", _l("at most")),
        ],
    )
    value = LineField(_l("Compared with"), length=100)


class QuestionForm(Form):
    """A question. Fields that mean nothing for its kind are passed over."""

    version = HiddenField(default="0")
    label = LineField(_l("Question"), [required(_l("Enter the question."))], length=300)
    help = TextField(_l("Help text"), length=5_000, description=_l("Markdown. Stands under the question."), render_kw={"rows": 2})
    kind = SelectField(_l("Kind of answer"), choices=[SelectChoice(k.value, label) for k, label in KIND_LABELS.items()])
    scope = RadioField(
        _l("Answered by"), choices=[SelectChoice(s.value, label) for s, label in SCOPE_LABELS.items()], default=Scope.PERSON.value
    )
    section = SelectField(_l("Section"), coerce=int)
    key = LineField(
        _l("Name in exports"), length=40, description=_l("Small letters, digits and _. Left empty, it is made from the question.")
    )
    options = FieldList(FormField(OptionForm), max_entries=MOST_OPTIONS)
    most = IntegerField(_l("At most so many options"), [OptionalInput(), NumberRange(1, MOST_OPTIONS)], render_kw={"min": 1})
    least_value = LineField(_l("Smallest"), length=20, description=_l("A number, or the first day like 2027-05-18."))
    most_value = LineField(
        _l("Largest"), length=20, description=_l("A number, or the last day. Of a text: the number of characters.")
    )
    types = SelectMultipleField(
        _l("Types of file"),
        [OptionalInput()],
        choices=[SelectChoice(key, label) for key, label in FILE_TYPES.items()],
        option_widget=wtforms.widgets.CheckboxInput(),
        description=_l("None ticked: PDF only."),
    )
    required = RadioField(
        _l("Needed?"),
        choices=[
            SelectChoice("no", _l("May stay empty")),
            SelectChoice("yes", _l("Required")),
            SelectChoice("from", _l("Required from a date on")),
        ],
        default="no",
    )
    required_from = LocalMoment(_l("Required from"))
    frozen_from = LocalMoment(_l("Cannot be changed from"), description=_l("By those who answer; organizers still can."))
    at_door = BooleanField(
        _l("Show the answer at the door"),
        description=_l("In a box on the registration's page, as a column of the list, alone in exports; and walk-ins are asked."),
    )
    in_exports = BooleanField(_l("Put the answer into exports"), default=True)
    special = BooleanField(
        _l("Special-category data: health, belief and the like"),
        description=_l("Then only people with the right to see needs read the answers, and they are deleted like those."),
    )
    all = RadioField(
        _l("Shown if"),
        choices=[SelectChoice("all", _l("all of these hold")), SelectChoice("any", _l("at least one of these holds"))],
        default="all",
    )
    tests = FieldList(FormField(TestForm), max_entries=10)
    confirm = HiddenField()

    zone = "UTC"

    def offer(self, sections: Sequence[tuple[int, str]], subjects: Sequence[SelectChoice], zone: str) -> "QuestionForm":
        """Fills in what there is to choose from: sections, and what a condition may ask about."""
        self.zone = zone
        self.section.choices = [SelectChoice(id_, title) for id_, title in sections]
        while len(self.options.entries) < EMPTY_OPTIONS:
            self.options.append_entry()
        while len(self.tests.entries) < SHOWN_TESTS:
            self.tests.append_entry()
        known = {choice.value for choice in subjects}
        for row in self.tests.entries:
            row.form.what.choices = [SelectChoice("", _("Nothing")), *subjects]
            what = row.form.what.data or ""
            if what not in known and what.partition("=")[0] in known:
                row.form.what.data = what.partition("=")[0]
        return self

    def add_options(self) -> None:
        """Some more empty rows."""
        for _n in range(EMPTY_OPTIONS):
            if len(self.options.entries) < MOST_OPTIONS:
                self.options.append_entry()

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape, and what fits together."""
        valid = bool(super().validate(extra_validators))
        if self.required.data == "from" and self.required_from.data is None and not self.required_from.errors:
            self._add(self.required_from, _("Enter from when on it is required."))
            valid = False
        for field in (self.required_from, self.frozen_from):
            try:
                self._utc(field.data)
            except LocalTimeError:
                self._add(field, _("Clocks in that place do not show this time exactly once that day. Choose another."))
                valid = False
        return self._check_bounds() and valid

    @staticmethod
    def _add(field: Any, message: str) -> None:
        field.errors = [*field.errors, message]

    def _check_bounds(self) -> bool:
        kind = Kind(self.kind.data) if self.kind.data in set(Kind) else Kind.TEXT
        bounds = [(f, f.data) for f in (self.least_value, self.most_value) if f.data]
        good = True
        for field, text in bounds:
            try:
                if kind in (Kind.TEXT, Kind.LONG_TEXT):
                    if not _is_length(text):
                        raise AnswerError(_("Enter a number of characters from 1 to 5000."))
                elif kind in (Kind.NUMBER, Kind.DATE, Kind.MOMENT):
                    field.data = read(Asked(0, "", Kind.NUMBER if kind is Kind.NUMBER else Kind.DATE, ""), text)
            except AnswerError as error:
                self._add(field, str(error))
                good = False
        return good

    def _utc(self, local: datetime | None) -> datetime | None:
        return to_utc(local, self.zone) if local is not None else None

    def details(self) -> QuestionDetails:
        """What was filled in."""
        kind = Kind(self.kind.data)
        return QuestionDetails(
            label=self.label.data,
            kind=kind,
            scope=Scope(self.scope.data),
            key=self.key.data or "",
            help=self.help.data or "",
            options=self._options() if kind in CHOICES else (),
            settings=self._settings(kind),
            required=self.required.data != "no",
            required_from=self._utc(self.required_from.data) if self.required.data == "from" else None,
            frozen_from=self._utc(self.frozen_from.data),
            at_door=self.at_door.data,
            in_exports=self.in_exports.data,
            special=self.special.data,
            condition=self._condition(),
        )

    def as_asked(self) -> Asked:
        """The question as it stands here, good or not, for a look at it."""
        kind = Kind(self.kind.data) if self.kind.data in set(Kind) else Kind.TEXT
        settings = self._settings(kind)
        if kind in (Kind.TEXT, Kind.LONG_TEXT) and not _is_length(settings.get("max", "1")):
            settings = {}
        return Asked(
            0,
            "",
            kind,
            self.label.data or _("Question"),
            help_html=to_html(self.help.data) if self.help.data else "",
            options=tuple(Option(f"o{n}", o.label, o.colour, o.limit) for n, o in enumerate(self._options())),
            settings=settings,
            required=self.required.data == "yes",
        )

    def _options(self) -> tuple[Option, ...]:
        rows = [row.form for row in self.options.entries if row.form.label.data]
        return tuple(Option((r.key.data or "")[:40], r.label.data, r.colour.data or "", r.limit.data) for r in rows)

    def _settings(self, kind: Kind) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if kind is Kind.SEVERAL_OF and self.most.data:
            found["most"] = self.most.data
        if kind in (Kind.NUMBER, Kind.DATE, Kind.MOMENT):
            found |= {n: f.data for n, f in (("min", self.least_value), ("max", self.most_value)) if f.data}
        if kind in (Kind.TEXT, Kind.LONG_TEXT) and self.most_value.data:
            found["max"] = self.most_value.data
        if kind is Kind.FILE:
            found["types"] = list(self.types.data or ["pdf"])
        return found

    def _condition(self) -> dict[str, Any] | None:
        tests = []
        for row in self.tests.entries:
            what = row.form.what.data or ""
            if not what:
                continue
            on, equals, value = what.partition("=")
            tests.append({"on": on, "is": row.form.how.data, "value": value if equals else (row.form.value.data or "")})
        return {"all": self.all.data != "any", "tests": tests} if tests else None


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5 and 0 < int(text) <= 5000


def values_of(question: Asked, version: int, zone: str) -> dict[str, Any]:
    """What the form shows of a question."""

    def local(moment: datetime | None) -> datetime | None:
        return to_local(moment, zone).replace(tzinfo=None) if moment else None

    tests = (question.condition or {}).get("tests", ())
    return {
        "version": str(version),
        "label": question.label,
        "help": question.help,
        "kind": question.kind.value,
        "scope": question.scope.value,
        "section": question.section_id,
        "key": question.key,
        "options": [{"key": o.key, "label": o.label, "limit": o.limit, "colour": o.colour} for o in question.options],
        "most": question.settings.get("most"),
        "least_value": question.settings.get("min", ""),
        "most_value": question.settings.get("max", ""),
        "types": question.settings.get("types", []),
        "required": "from" if question.required_from else "yes" if question.required else "no",
        "required_from": local(question.required_from),
        "frozen_from": local(question.frozen_from),
        "at_door": question.at_door,
        "in_exports": question.in_exports,
        "special": question.special,
        "all": "all" if (question.condition or {}).get("all", True) else "any",
        "tests": [{"what": _what(t), "how": t["is"], "value": t["value"]} for t in tests],
    }


def _what(test: dict[str, Any]) -> str:
    """Before the choices are known: those that have values contain `=`; `offer` puts the others right."""
    return f"{test['on']}={test['value']}" if test["value"] and test["is"] in ("is", "is_not") else str(test["on"])


def subjects(before: Sequence[Asked], facts: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]) -> list[SelectChoice]:
    """What a condition may ask about: facts as (name, label, values with their labels), and the earlier questions."""
    found = [SelectChoice(f"{name}={value}", text, optgroup=label) for name, label, values in facts for value, text in values]
    for question in before:
        if question.silent or question.archived:
            continue
        group, on = question.label[:80], f"q{question.id}"
        if question.chooses:
            found += [SelectChoice(f"{on}={o.key}", o.label, optgroup=group) for o in question.options]
        elif question.kind is Kind.YES_NO:
            found += [SelectChoice(f"{on}=yes", _("Yes"), optgroup=group), SelectChoice(f"{on}=no", _("No"), optgroup=group)]
        found.append(SelectChoice(on, _("the answer, or any answer"), optgroup=group))
    return found


class DeadlinesForm(Form):
    """Until when the two stages may be filled in, in the event's zone."""

    closes_a = LocalMoment(_l("With the registration, until"), description=_l("Left empty: until the event ends."))
    closes_b = LocalMoment(_l("After confirmation, until"), description=_l("Left empty: until the event ends."))

    def closing(self, zone: str) -> dict[Stage, datetime | None]:
        """The moments in UTC. Raises LocalTimeError."""
        return {
            stage: to_utc(field.data, zone) if field.data else None
            for stage, field in ((Stage.A, self.closes_a), (Stage.B, self.closes_b))
        }


class CopyForm(Form):
    """Which event's form to copy."""

    source = SelectField(_l("Event"), [InputRequired(_l("Choose an event."))], coerce=int)


class TakeForm(Form):
    """Which question of the library goes into which section."""

    question = SelectField(_l("Question"), [InputRequired(_l("Choose a question."))], coerce=int)
    section = SelectField(_l("Into the section"), [InputRequired(_l("Choose a section."))], coerce=int)


class MoveForm(Form):
    """Where a question or a section goes: up, down, or, dragged, to a place in a section."""

    step = HiddenField()
    to = IntegerField(validators=[OptionalInput(), NumberRange(0, 1000)])
    section = IntegerField(validators=[OptionalInput(), NumberRange(1, 2**31 - 1)])
