"""Forms of registering."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import wtforms
from wtforms import BooleanField, FieldList, FormField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from eventapp.core.errors import RuleError
from eventapp.core.forms import AddressField, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.events.admission.rules import Kind
from eventapp.events.models import MODE_LABELS, Event
from eventapp.partners.acting import ActingForm
from eventapp.registrations.pasting import PastedPerson, parse_people, unread_words
from eventapp.registrations.service import ProblemsError

MOST_AT_ONCE = 200
EMPTY_ROWS = 2


class NewPersonForm(wtforms.Form):
    """A row for somebody who is not in the company's list yet."""

    # Without autocomplete="off", with which browsers forget what was typed when one comes back to the page.
    given_name = LineField(_l("Given name"), length=100)
    family_name = LineField(_l("Family name"), length=100)
    email = AddressField(_l("E-mail"))

    @property
    def empty(self) -> bool:
        """Whether nobody has been entered here."""
        return not any(field.raw_data and "".join(map(str, field.raw_data)).strip() for field in self) and not any(
            field.data for field in self
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """An empty row is no row; in any other each part is needed."""
        valid = bool(super().validate(extra_validators))
        if self.empty:
            return True
        if not self.given_name.data and not self.family_name.data:
            self.family_name.errors = [*self.family_name.errors, _("Enter a name.")]
            valid = False
        if not self.email.data and not self.email.errors:
            self.email.errors = [*self.email.errors, _("Enter an e-mail like name@company.com.")]
            valid = False
        return valid


class WayField(RadioField):
    """How people take part. Where the event has moved since the page was opened, it says so and offers what there is now."""

    data: Any

    def pre_validate(self, form: Any) -> None:
        """Refuses a way that is not offered any more, and puts one that is in its place."""
        if self.data and self.choices and self.data not in {choice.value for choice in self.choices}:
            ways = _(" or ").join(str(choice.label) for choice in self.choices)
            self.data = self.choices[0].value
            message = _("This event takes place differently now: %(ways)s. Check what you have entered, then send it again.")
            raise ValidationError(message % {"ways": ways})
        super().pre_validate(form)


class Rows(FieldList):
    """A list of rows. A row's number is at most five plain digits: "²" is a digit too, and no number."""

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        for name in formdata:
            if name.startswith(prefix):
                number = name[len(prefix) + 1 :].split("-", 1)[0]
                if number.isascii() and number.isdigit() and len(number) < 6:
                    yield int(number)


class ColleaguesForm(ActingForm):
    """A company registers its people: ticked colleagues, new ones in rows, and pasted ones."""

    leads_to = "colleagues"
    step = HiddenField(default="check")
    colleagues = SelectMultipleField(_l("Colleagues"), [OptionalInput()], coerce=int)
    # More rows than may be registered are read, so that too many are refused instead of lost.
    people = Rows(FormField(NewPersonForm), min_entries=EMPTY_ROWS, max_entries=5 * MOST_AT_ONCE)
    paste = TextField(
        _l("Paste a list"),
        length=50_000,
        description=_l("People as in a mail program, or lines from a spreadsheet: given name, family name, e-mail."),
    )
    places = RadioField(_l("Whose places?"), [InputRequired(_l("Choose whose places they take."))], validate_choice=False)
    mode = WayField(_l("How do they take part?"))
    kind = RadioField(_l("As what do they come?"), [OptionalInput()])
    foreign_confirmed = BooleanField(_l("The addresses outside our domains are right."))
    together = RadioField(
        _l("If there are not enough places"),
        choices=[SelectChoice("", _l("As many as fit, the others wait")), SelectChoice("yes", _l("Only all together"))],
        default="",
    )

    # Those of a pasted list who can be read, while others of it cannot.
    pasted: Sequence[PastedPerson] = ()
    # Given and family name of colleagues by address: of them an address alone will do.
    known: Mapping[str, tuple[str, str]] = {}

    def for_event(
        self, event: Event, kinds: Sequence[Kind], colleagues: list[tuple[int, str]], known: Mapping[str, tuple[str, str]]
    ) -> "ColleaguesForm":
        """Offers the event's modes, the kinds that they may come as, and the colleagues, with their names by address."""
        self.known = known
        offer_kinds(self.kind, kinds)
        self.mode.choices = [SelectChoice(m.value, MODE_LABELS[m]) for m in event.modes]
        if not self.mode.data:
            self.mode.data = event.modes[0].value
        self.colleagues.choices = [SelectChoice(person_id, name) for person_id, name in colleagues]
        return self

    def offer_places(self, blocks: list[SelectChoice], own: SelectChoice | None, asked: str) -> "ColleaguesForm":
        """Lets choose between the company's own places and those of seat blocks; without any of these nothing is asked."""
        choices = [*([own] if own is not None else []), *blocks]
        offered = [str(choice.value) for choice in choices]
        if not blocks and self.places.data in (None, *offered):
            del self.places
            return self
        self.places.choices = choices
        if self.places.data is None and not self.is_submitted():
            self.places.data = asked if asked in offered else offered[0]
        return self

    def validate_places(self, field: Any) -> None:
        """What was offered when the page was opened may have fallen back since."""
        if field.data not in [str(choice.value) for choice in field.choices]:
            raise ValidationError(_("These places can no longer be named. Choose others."))

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape of everything; pasted lines become rows, those that cannot be read are named. All problems show at once."""
        valid = bool(super().validate(extra_validators))
        pasted = bool(self.paste.data)
        if pasted and not self.paste.errors:
            valid = self._take_over_pasted() and valid
        if not pasted and not self.colleagues.data and not self.colleagues.errors and not self.new_people():
            self.colleagues.errors = [*self.colleagues.errors, _("Tick at least one colleague, or add a new one.")]
            valid = False
        if len(self.colleagues.data or []) + len(self.new_people()) > MOST_AT_ONCE:
            self.form_errors.append(_("Register at most %(n)d people at once.", n=MOST_AT_ONCE))
            valid = False
        return valid

    def new_people(self) -> list[tuple[str, NewPersonForm]]:
        """The filled rows, each with the name of its e-mail field."""
        return [(row.form.email.name, row.form) for row in self.people.entries if not row.form.empty]

    @property
    def faulty(self) -> set[str]:
        """Names of the e-mail fields of rows that cannot be used as they stand."""
        return {name for name, person in self.new_people() if any(field.errors for field in person) or not person.email.data}

    def _take_over_pasted(self) -> bool:
        people, unread = parse_people(self.paste.data, known=self.known)
        if unread:
            self.pasted = people
            self.paste.errors = [*self.paste.errors, *(unread_words(number, text) for number, text in unread[:5])]
            return False
        if len(self.new_people()) + len(people) > MOST_AT_ONCE:
            self.paste.errors = [*self.paste.errors, _("Register at most %(n)d people at once.", n=MOST_AT_ONCE)]
            return False
        # What is wrong with rows that were typed stays at them; empty ones between them are none.
        while self.people.entries and self.people.entries[-1].form.empty:
            self.people.pop_entry()
        for pasted in people:
            self.people.append_entry(
                {"given_name": pasted.given_name, "family_name": pasted.family_name, "email": pasted.address}
            )
        self.paste.data = ""
        return True

    def refuse(self, error: RuleError) -> None:
        """Each person's problem stands at that person's field."""
        if not isinstance(error, ProblemsError):
            super().refuse(error)
            return
        for problem in error.problems:
            super().refuse(RuleError(problem.message, problem.field))

    def add_rows(self, count: int = 3) -> None:
        """More empty rows, for browsers without JavaScript."""
        for _n in range(count):
            if len(self.people.entries) < MOST_AT_ONCE:
                self.people.append_entry()


def offer_kinds(field: RadioField | SelectField, kinds: Sequence[Kind]) -> None:
    """Offers kinds to come as; the first one is chosen unless another one is."""
    field.choices = [SelectChoice(str(kind.id), kind.name) for kind in kinds]
    if not field.data and kinds:
        field.data = str(kinds[0].id)


class AddressForm(Form):
    """The first step of somebody who registers alone."""

    leads_to = "email"
    email = AddressField(_l("Your work e-mail"), [required(_l("Enter your e-mail."))], render_kw={"autocomplete": "email"})


class OwnForm(Form):
    """The second step, behind the link in the mail."""

    leads_to = "given_name"
    given_name = LineField(
        _l("Given name"), [required(_l("Enter your given name."))], length=100, render_kw={"autocomplete": "given-name"}
    )
    family_name = LineField(
        _l("Family name"), [required(_l("Enter your family name."))], length=100, render_kw={"autocomplete": "family-name"}
    )
    company = SelectField(_l("Company"), [InputRequired(_l("Choose your company."))], coerce=int)
    mode = WayField(_l("How do you take part?"), [InputRequired(_l("Choose how you take part."))])
    kind = RadioField(_l("As what do you come?"), [OptionalInput()])
    note = LineField(_l("Anything the organizer should know"), length=500)


class CorrectForm(Form):
    """One's own name and answers. `shown` is asked only where the company has typed another name."""

    version = HiddenField(default="0")
    given_name = LineField(
        _l("Given name"), [required(_l("Enter your given name."))], length=100, render_kw={"autocomplete": "given-name"}
    )
    family_name = LineField(_l("Family name"), length=100, render_kw={"autocomplete": "family-name"})
    shown = BooleanField(_l("The company may see this name"))
    badge_name = LineField(_l("Name on the badge"), length=150, description=_l("Left empty: your name as above."))
    note = LineField(_l("Anything the organizer should know"), length=500)


class CancelForm(Form):
    """Asks what becomes of those who were to come along; by default they stay at home as well."""

    alone = BooleanField(_l("They still come, without me"))


class SubstituteForm(Form):
    """Who comes instead."""

    leads_to = "given_name"
    given_name = LineField(_l("Given name"), [required(_l("Enter the given name."))], length=100)
    family_name = LineField(_l("Family name"), [required(_l("Enter the family name."))], length=100)
    address = AddressField(_l("E-mail"), [required(_l("Enter an e-mail like name@company.com."))])


class AddForm(Form):
    """An organizer adds somebody by hand. In the order of the page, so that problems are listed in it."""

    company = LineField(_l("Company"), length=200)
    guest = BooleanField(_l("A guest of ours, of no partner company"))
    given_name = LineField(_l("Given name"), [required(_l("Enter the given name."))], length=100)
    family_name = LineField(_l("Family name"), [required(_l("Enter the family name."))], length=100)
    address = AddressField(_l("E-mail"), [required(_l("Enter an e-mail like name@company.com."))])
    mode = RadioField(_l("Takes part"), [OptionalInput()])
    kind = SelectField(_l("Comes as"), [OptionalInput()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Either a company or a guest."""
        valid = super().validate(extra_validators)
        if self.guest.data and self.company.data:
            self.company.errors = [*self.company.errors, _("A guest comes with no company. Empty this, or untick the guest.")]
            valid = False
        elif not self.guest.data and not self.company.data:
            self.company.errors = [*self.company.errors, _("Enter a programme ID or the exact name.")]
            valid = False
        return valid


class ChangeForm(CorrectForm):
    """An organizer changes a registration."""

    mode = RadioField(_l("Takes part"), [OptionalInput()])
    kind = SelectField(_l("Comes as"), [OptionalInput()])
