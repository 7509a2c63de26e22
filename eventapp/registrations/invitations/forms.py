"""Forms of inviting, and of answering."""

from typing import Any

from flask_wtf.file import FileField
from wtforms import IntegerField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.core.email import EmailError, normal_address
from eventapp.core.exports import original
from eventapp.core.forms import AddressField, Day, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.core.text import one_line
from eventapp.partners import queries as partners
from eventapp.partners.imports import fields, readers
from eventapp.partners.imports.readers import FileError
from eventapp.partners.models import ImportKind
from eventapp.registrations.invitations import queries
from eventapp.registrations.invitations.models import WAIVER_LABELS
from eventapp.registrations.invitations.rules import MOST_DAYS, MOST_TIMES, USUAL_DAYS, USUAL_TIMES
from eventapp.registrations.pasting import parse_people, unread_words

MOST_LINES = 20_000
# By name each is looked up by itself.
MOST_COMPANIES = 500
# Lines that cannot be read are named, but not all of a long list.
NAMED = 5
MOST_PLACES = 1_000

Line = tuple[str, str, str, str]


class InviteForm(Form):
    """Whom to invite: people by address, companies by name, or both out of a file."""

    people = TextField(
        _l("People"),
        length=500_000,
        description=_l("One a line: an address, name and address as in a mail program, or cells from a spreadsheet."),
        render_kw={"rows": 6},
    )
    companies = TextField(
        _l("Companies"),
        length=100_000,
        description=_l("One a line: programme ID or exact name. Their admins get the invitation."),
        render_kw={"rows": 4},
    )
    file = FileField(
        _l("People from a file"),
        description=_l("CSV or XLSX with a line of headers; a column with the e-mail is enough, the programme ID helps."),
        render_kw={"accept": ".csv,.tsv,.txt,.xlsx"},
    )

    lines: list[Line]
    company_ids: list[int]

    def validate(self, extra_validators: Any = None) -> bool:
        """Shape of everything; what cannot be read is named at its field."""
        valid = bool(super().validate(extra_validators))
        self.lines, self.company_ids = [], []
        if valid:
            valid = self._read_people() and self._read_file() and self._read_companies()
        if valid and not self.lines and not self.company_ids:
            self.form_errors.append(_("Enter somebody to invite."))
            return False
        if valid and len(self.lines) > MOST_LINES:
            self.form_errors.append(_("Invite at most %(n)d people at once.", n=MOST_LINES))
            return False
        return valid

    def _read_people(self) -> bool:
        found, unread = parse_people(self.people.data or "", names=False)
        self.people.errors = [
            *self.people.errors,
            *(unread_words(number, text, names=False) for number, text in unread[:NAMED]),
        ]
        if len(unread) > NAMED:
            self.people.errors.append(_("and %(n)d more lines", n=len(unread) - NAMED))
        self.lines += [(one.given_name, one.family_name, one.address, "") for one in found]
        return not unread

    def _read_companies(self) -> bool:
        texts = [one_line(text) for text in (self.companies.data or "").splitlines()]
        texts = [text for text in texts if text]
        unknown = []
        if len(texts) > MOST_COMPANIES:
            text = _("Enter at most %(n)d companies at once, or choose them from the list of companies.", n=MOST_COMPANIES)
            self.companies.errors = [*self.companies.errors, text]
            return False
        by_id = queries.companies_named({text.upper() for text in texts})
        for text in texts:
            company = by_id.get(text.upper()) or partners.company_by_text(text)
            if company is None:
                unknown.append(text)
            else:
                self.company_ids.append(company.id)
        self.companies.errors = [
            *self.companies.errors,
            *(_("No company has this programme ID or name: %(text)s", text=text[:60]) for text in unknown[:NAMED]),
        ]
        if len(unknown) > NAMED:
            self.companies.errors.append(_("and %(n)d more lines", n=len(unknown) - NAMED))
        return not unknown

    def _read_file(self) -> bool:
        if not self.file.data or not self.file.data.filename:
            return True
        try:
            self.lines += _lines_of(self.file.data.read())
        except FileError as error:
            self.file.errors = [*self.file.errors, error.message]
            return False
        return True


def _lines_of(content: bytes) -> list[Line]:
    """The people of a file. Raises FileError for one without addresses, naming lines whose address is none."""
    source = readers.read(content)
    columns = fields.guess(ImportKind.PEOPLE, source.headers)
    if "address" not in columns:
        raise FileError(_("No column of the file is called E-mail."))
    found: list[Line] = []
    wrong = []
    for record in source.records():
        given, family, address, company = (
            one_line(original(record.cells[columns[name]])) if name in columns and columns[name] < len(record.cells) else ""
            for name in ("given_name", "family_name", "address", "programme_id")
        )
        if not any((given, family, address)):
            continue
        try:
            found.append((given[:100], family[:100], normal_address(address), company.upper()[:20]))
        except EmailError:
            wrong.append((record.line, address))
    if wrong:
        lines = ", ".join(f"{line} ({address[:40]})" for line, address in wrong[:NAMED])
        raise FileError(_("These lines have no e-mail that mail could reach: %(lines)s.", lines=lines))
    return found


class TermsForm(Form):
    """On what terms the invited come."""

    expires_on = Day(_l("Answer by"), [InputRequired(_l("Choose the last day to answer."))])
    kind = SelectField(_l("They come as"), [OptionalInput()], coerce=int)
    places = IntegerField(
        _l("Places of each invited company"),
        [OptionalInput(), NumberRange(1, MOST_PLACES, _l("Enter a whole number from 1 to 1,000, or leave it empty."))],
        description=_l("They come on top of the company's own places. Left empty: the invited take those."),
        render_kw={"min": 1, "max": MOST_PLACES, "inputmode": "numeric"},
    )
    waives = SelectMultipleField(
        _l("Does not count for the invited"),
        choices=[SelectChoice(waiver.value, label) for waiver, label in WAIVER_LABELS.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    note = TextField(
        _l("A few words"),
        length=1000,
        description=_l("Stand in the mail and on the page of the invitation."),
        render_kw={"rows": 4},
    )

    def for_event(self, kinds: list[tuple[int, str]]) -> "TermsForm":
        """Offers the event's admission kinds."""
        self.kind.choices = [SelectChoice(0, _("as they choose")), *(SelectChoice(id_, name) for id_, name in kinds)]
        return self


class BulkForm(Form):
    """Acts on the ticked invitations: a new day, or a reason."""

    expires_on = Day(_l("Answer by"), [OptionalInput()], description=_l("Left empty: as it is."))
    reason = LineField(_l("Reason"), length=300, description=_l("Stands in the log. The invited do not see it."))


class RemindForm(Form):
    """Whom to remind, and when."""

    days = IntegerField(
        _l("Nothing written to them for how many days?"),
        [
            InputRequired(_l("Enter a number of days.")),
            NumberRange(1, MOST_DAYS, _l("Enter a whole number from 1 to 60.")),
        ],
        default=USUAL_DAYS,
        render_kw={"min": 1, "max": MOST_DAYS, "inputmode": "numeric"},
    )
    times = IntegerField(
        _l("At most how many reminders to each?"),
        [
            InputRequired(_l("Enter a number of reminders.")),
            NumberRange(1, MOST_TIMES, _l("Enter a whole number from 1 to 10.")),
        ],
        default=USUAL_TIMES,
        render_kw={"min": 1, "max": MOST_TIMES, "inputmode": "numeric"},
    )
    on = Day(_l("On"), [OptionalInput()], description=_l("At nine o'clock where the event is. Left empty: now."))


class DeclineForm(Form):
    """The invited do not come."""

    reason = LineField(_l("Why not?"), length=300, description=_l("For the organizer. May stay empty."))


class DeputyForm(Form):
    """Who comes instead, and why."""

    given_name = LineField(_l("Given name"), [required(_l("Enter the given name."))], length=100)
    family_name = LineField(_l("Family name"), [required(_l("Enter the family name."))], length=100)
    address = AddressField(_l("E-mail"), [required(_l("Enter an e-mail like name@company.com."))])
    reason = LineField(_l("Reason"), [required(_l("Say why somebody else comes."))], length=300)
