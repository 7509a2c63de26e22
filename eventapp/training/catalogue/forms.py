"""Forms of the catalogue, for organizers."""

import re
from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Regexp, StopValidation

from eventapp.agenda.content.forms import MARKDOWN, number_field, web_address
from eventapp.core.forms import Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.events.models import FORMAT_LABELS
from eventapp.partners.models import FUNCTION_LABELS, TYPE_LABELS
from eventapp.training.catalogue.courses import VersionDetails
from eventapp.training.catalogue.credentials import CredentialDetails
from eventapp.training.catalogue.rules import Needs, Thing
from eventapp.training.models import (
    COURSE_LEVEL_LABELS,
    CREDENTIAL_KIND_LABELS,
    NEEDED_LABELS,
    SHOWN_LABELS,
    CourseLevel,
    CourseVersion,
    Credential,
    CredentialKind,
    Needed,
    ShownFrom,
)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
MOST_LANGUAGES, MOST_PRODUCTS, LONGEST_PRODUCT = 30, 12, 40
CODE = Regexp(r"^[A-Za-z0-9][A-Za-z0-9-]{0,19}$", message=_l("Use up to 20 letters, digits and hyphens, like COR-101."))


def pieces(text: str | None) -> list[str]:
    """What was typed with commas in between, each once and in order."""
    return list(dict.fromkeys(piece.strip() for piece in (text or "").split(",") if piece.strip()))


def _choices(labels: dict[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(key.value, label) for key, label in labels.items()]


class SeenForm(Form):
    """A button that is about what was seen: the version of the row that its page has shown."""

    version = HiddenField(default="0")


class CodeForm(Form):
    """The code that a course is known by for good."""

    code = LineField(
        _l("Code"),
        [required(_l("Give it a code, like COR-101.")), CODE],
        length=20,
        description=_l("Its address; it never changes."),
    )

    def course_code(self) -> str:
        """The code as it is kept, in capitals."""
        return str(self.code.data).upper()


class VersionForm(Form):
    """What a version of a course teaches and asks."""

    version = HiddenField(default="0")
    title = LineField(_l("Title"), [required(_l("Give the course a title."))], length=150)
    summary = LineField(_l("Summary"), length=300, description=_l("One or two sentences for the catalogue."))
    description = TextField(_l("What it teaches"), length=20_000, render_kw={"rows": 12}, description=MARKDOWN)
    level = RadioField(_l("Level"), choices=_choices(COURSE_LEVEL_LABELS), default=CourseLevel.BEGINNER.value)
    minutes = number_field(_l("Minutes"), 1, 60_000, needed=True, description=_l("All parts together: two half days are 480."))
    languages = LineField(
        _l("Languages"), length=200, default="en", description=_l("Their codes with commas, like en, de, pt-BR.")
    )
    product_tags = LineField(_l("Products"), length=400, description=_l("With commas in between."))
    modes = SelectMultipleField(_l("How it is given"), [OptionalInput()], choices=_choices(FORMAT_LABELS))
    audience_types = SelectMultipleField(_l("For companies of the type"), [OptionalInput()], choices=_choices(TYPE_LABELS))
    audience_functions = SelectMultipleField(
        _l("For people in the function"), [OptionalInput()], choices=_choices(FUNCTION_LABELS)
    )
    needs = SelectMultipleField(_l("Whoever takes it holds"), [OptionalInput()])
    needed = RadioField(_l("How many of these"), choices=_choices(NEEDED_LABELS), default=Needed.ALL.value)
    attendance_mark = number_field(
        _l("Attended from, in percent"), 1, 100, needed=True, default=80, description=_l("Of the minutes; reaching it is enough.")
    )
    partial_from = number_field(_l("Attended in part from, in percent"), 1, 100, needed=True, default=25)
    pass_mark = number_field(_l("Passed from, in percent"), 1, 100, description=_l("Of the assessment. Empty: there is none."))
    attempts = number_field(_l("Attempts"), 1, 20, needed=True, default=3)
    time_limit = number_field(_l("Minutes for an attempt"), 1, 600, description=_l("Empty: no limit."))
    drawn = number_field(_l("Questions in an attempt"), 1, 1000, description=_l("Drawn from the pool. Empty: all."))
    exercise = TextField(
        _l("Practical exercise"),
        length=10_000,
        render_kw={"rows": 6},
        description=_l("What people record and hand in, in Markdown. Empty: there is none."),
    )
    exercise_mark = number_field(_l("Exercise passed from, in percent of the points"), 1, 100, needed=True, default=70)
    validity_months = number_field(_l("Certificate valid for, in months"), 1, 240, description=_l("Empty: for good."))
    credit_minutes = number_field(
        _l("Minutes of a credit"),
        1,
        600,
        needed=True,
        default=50,
        description=_l("Rounded down to half credits; NASBA counts 50."),
    )
    follow_up_days = number_field(_l("People are asked what they use after, in days"), 30, 90, needed=True, default=60)

    def offer(self, things: Sequence[tuple[str, str]]) -> "VersionForm":
        """Offers courses and credentials as prerequisites: `course:4` or `credential:2`, and what they are called."""
        self.needs.choices = [SelectChoice(value, label) for value, label in things]
        return self

    def validate_languages(self, field: Any) -> None:
        """Codes that browsers know."""
        found = pieces(field.data)
        if wrong := next((one for one in found if not _LANGUAGE.fullmatch(one)), None):
            raise StopValidation(_("“%(code)s” is no code of a language. Write en, de or pt-BR.", code=wrong))
        if len(found) > MOST_LANGUAGES:
            raise StopValidation(_("At most %(n)s.", n=MOST_LANGUAGES))

    def validate_product_tags(self, field: Any) -> None:
        """A few short names."""
        found = pieces(field.data)
        if len(found) > MOST_PRODUCTS or any(len(one) > LONGEST_PRODUCT for one in found):
            message = _("At most %(n)s products of %(length)s characters each.", n=MOST_PRODUCTS, length=LONGEST_PRODUCT)
            raise StopValidation(message)

    def validate_partial_from(self, field: Any) -> None:
        """In part is less than attended."""
        if field.data is not None and self.attendance_mark.data is not None and field.data > self.attendance_mark.data:
            raise StopValidation(_("This cannot be more than what counts as attended."))

    def details(self) -> VersionDetails:
        """The checked input."""
        things = (value.partition(":") for value in self.needs.data or ())
        return VersionDetails(
            title=self.title.data,
            minutes=self.minutes.data or 1,
            summary=self.summary.data or "",
            description=self.description.data or "",
            level=CourseLevel(self.level.data),
            languages=tuple(pieces(self.languages.data)),
            product_tags=tuple(pieces(self.product_tags.data)),
            modes=tuple(self.modes.data or ()),
            audience_types=tuple(self.audience_types.data or ()),
            audience_functions=tuple(self.audience_functions.data or ()),
            attendance_mark=self.attendance_mark.data or 80,
            partial_from=self.partial_from.data or 25,
            pass_mark=self.pass_mark.data,
            attempts=self.attempts.data or 3,
            time_limit=self.time_limit.data,
            drawn=self.drawn.data,
            exercise=self.exercise.data or "",
            exercise_mark=self.exercise_mark.data or 70,
            validity_months=self.validity_months.data,
            credit_minutes=self.credit_minutes.data or 50,
            follow_up_days=self.follow_up_days.data or 60,
            needs=Needs(Needed(self.needed.data), frozenset(Thing(kind == "credential", int(id_)) for kind, _c, id_ in things)),
        )


class NewCourseForm(CodeForm, VersionForm):
    """A new course."""


_TEXTS = ("title", "summary", "description", "exercise")
_LISTS = ("modes", "audience_types", "audience_functions")
_NUMBERS = (
    "minutes", "attendance_mark", "partial_from", "pass_mark", "attempts", "time_limit", "drawn", "exercise_mark",
    "validity_months", "credit_minutes", "follow_up_days",
)  # fmt: skip


def version_values(version: CourseVersion, needs: Needs) -> dict[str, Any]:
    """A version as the form shows it."""
    values: dict[str, Any] = {name: getattr(version, name) for name in (*_TEXTS, *_LISTS, *_NUMBERS)}
    return values | {
        "version": str(version.version),
        "level": version.level.value,
        "languages": ", ".join(version.languages),
        "product_tags": ", ".join(version.product_tags),
        "needed": needs.needed.value,
        "needs": [f"{'credential' if thing.credential else 'course'}:{thing.id}" for thing in sorted(needs.things)],
    }


class MaterialForm(Form):
    """A link or a file of a course."""

    title = LineField(_l("Title"), [required(_l("Say what it is, like Course book."))], length=150)
    url = LineField(_l("Link"), [OptionalInput(), web_address], length=500)
    file = FileField(_l("Or a file"), description=_l("PDF, Word, Excel, PowerPoint, OpenDocument or ZIP, at most 900 kB."))
    shown_from = RadioField(_l("Shown to those enrolled"), choices=_choices(SHOWN_LABELS), default=ShownFrom.ENROLLED.value)
    is_public = BooleanField(_l("Everybody may see it"), description=_l("The page of the course shows it at once."))


class CredentialForm(CodeForm):
    """A credential."""

    version = HiddenField(default="0")
    name = LineField(_l("Name"), [required(_l("Give it a name, like Certified engineer."))], length=100)
    description = TextField(_l("Description"), length=500, render_kw={"rows": 3})
    kind = RadioField(
        _l("Counts as"), [InputRequired()], choices=_choices(CREDENTIAL_KIND_LABELS), default=CredentialKind.TECHNICAL.value
    )
    points = number_field(_l("Points"), 0, 1000, needed=True, default=1, description=_l("For rules of the programme by score."))
    validity_months = number_field(
        _l("Valid for, in months"), 1, 240, description=_l("Empty: as long as the certificates that it was given for.")
    )

    def details(self) -> CredentialDetails:
        """The checked input."""
        return CredentialDetails(
            code=self.course_code(),
            name=self.name.data,
            description=self.description.data or "",
            kind=CredentialKind(self.kind.data),
            points=self.points.data or 0,
            validity_months=self.validity_months.data,
        )


def credential_values(credential: Credential) -> dict[str, Any]:
    """A credential as the form shows it."""
    names = ("code", "name", "description", "points", "validity_months")
    return {n: getattr(credential, n) for n in names} | {"kind": credential.kind.value, "version": str(credential.version)}


class CurriculumForm(Form):
    """A way to a credential."""

    version = HiddenField(default="0")
    name = LineField(_l("Name"), [required(_l("Give it a name, like Standard."))], length=100)
    electives = number_field(_l("Electives needed"), 0, 100, needed=True, default=0)


class AddCourseForm(Form):
    """A course for a curriculum."""

    course = SelectField(_l("Course"), [InputRequired(_l("Choose one."))])
    required = SelectField(
        _l("As"), choices=[SelectChoice("yes", _l("Required")), SelectChoice("no", _l("Elective"))], default="yes"
    )

    def offer(self, courses: Sequence[tuple[int, str]]) -> "AddCourseForm":
        """Offers courses."""
        self.course.choices = [SelectChoice("", _("Choose …")), *(SelectChoice(str(id_), label) for id_, label in courses)]
        return self
