"""Forms of companies and their people."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from wtforms import DateField, HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.core.forms import AddressField, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.core.times import zones
from eventapp.partners import queries
from eventapp.partners.imports import parsing
from eventapp.partners.imports.parsing import Doubtful
from eventapp.partners.models import (
    FUNCTION_LABELS,
    SCHEME_LABELS,
    STATUS_LABELS,
    TYPE_LABELS,
    IdentifierScheme,
    JobFunction,
    MembershipRole,
    OrganisationStatus,
    PartnerType,
)
from eventapp.partners.rules import PROGRAMME_ID, normal_domain
from eventapp.partners.service import CompanyDetails

MOST_EMPLOYEES = 10_000_000
MOST_IN_A_LIST = 50
ROLE_LABELS = {
    MembershipRole.MEMBER: _l("Member"),
    MembershipRole.ADMIN: _l("Company admin: registers colleagues"),
    MembershipRole.EXECUTIVE: _l("Executive"),
}
_SPLIT = re.compile(r"[,;|\s]+")


def _parsed(parse: Callable[[str], Any], message: Any) -> Callable[[Any, Any], None]:
    """A validator that puts the value in normal form into the field."""

    def check(_form: Any, field: Any) -> None:
        try:
            field.data = parse(field.data or "")
        except Doubtful as error:
            raise ValidationError(message) from error

    return check


phone_number = _parsed(parsing.phone, _l("Enter a number with its country code, like +43 1 234567."))
spoken_language = _parsed(parsing.language, _l("Enter a code like de or en-GB."))


def _days(_form: Any, field: Any) -> None:
    if field.data and not 1900 <= field.data.year <= 2200:
        raise ValidationError(_("Enter a year between 1900 and 2200."))


class CompanyForm(Form):
    """Everything about a company that people enter."""

    version = HiddenField(default="0")
    name = LineField(_l("Name"), [required(_l("Enter the name of the company."))], length=200)
    legal_name = LineField(_l("Legal name"), length=250)
    aliases = TextField(_l("Other names"), length=4000, description=_l("Brands and former names, one on each line."))
    programme_id = LineField(
        _l("Programme ID"),
        [OptionalInput(), Regexp(PROGRAMME_ID.pattern + r"\Z", message=_l("Enter a programme ID like KP-123456."))],
        length=20,
    )
    status = SelectField(_l("Status"), choices=[SelectChoice(s.value, label) for s, label in STATUS_LABELS.items()])
    primary_type = SelectField(
        _l("Main type"),
        choices=[SelectChoice(t.value, label) for t, label in TYPE_LABELS.items() if t is not PartnerType.REFERRAL],
    )
    other_types = SelectMultipleField(
        _l("Other types"),
        choices=[SelectChoice(t.value, label) for t, label in TYPE_LABELS.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    tier_key = SelectField(_l("Tier"))
    country_code = SelectField(_l("Country"))
    city = LineField(_l("City"), length=120)
    website = LineField(_l("Website"), length=250)
    domains = TextField(
        _l("E-mail domains"),
        length=4000,
        description=_l("One on each line, like company.com. Who has such an address belongs to this company."),
    )
    partner_since = DateField(_l("Partner since"), [OptionalInput(), _days])
    partner_manager = LineField(_l("Partner manager"), length=150)
    parent = LineField(_l("Parent company"), length=200, description=_l("Its programme ID or its exact name."))
    suppliers = TextField(_l("Supplied by"), length=2000, description=_l("Programme IDs of distributors."))
    employees = IntegerField(
        _l("Employees"),
        [OptionalInput(), NumberRange(0, MOST_EMPLOYEES, _l("Enter a whole number."))],
        render_kw={"inputmode": "numeric", "min": 0},
    )
    duns = LineField(SCHEME_LABELS[IdentifierScheme.DUNS], [_parsed(parsing.duns, _l("Enter nine digits."))], length=60)
    vat = LineField(
        SCHEME_LABELS[IdentifierScheme.VAT], [_parsed(parsing.vat, _l("Enter a VAT ID like ATU12345678."))], length=60
    )
    lei = LineField(
        SCHEME_LABELS[IdentifierScheme.LEI],
        [OptionalInput(), Regexp(r"[A-Z0-9]{18}\d{2}\Z", re.ASCII, _l("Enter the 20 letters and digits of the LEI."))],
        length=20,
    )
    register = LineField(SCHEME_LABELS[IdentifierScheme.REGISTER], length=60)
    crm = LineField(SCHEME_LABELS[IdentifierScheme.CRM], length=60)
    notes = TextField(_l("Notes"), length=20_000)

    def validate_domains(self, field: Any) -> None:
        """Each must be a domain; the field then holds them in normal form."""
        found = [normal_domain(part) for part in _SPLIT.split(field.data or "") if part]
        if None in found:
            raise ValidationError(_("Enter domains like company.com, one on each line."))
        if len(found) > MOST_IN_A_LIST:
            raise ValidationError(_("At most %(number)d.", number=MOST_IN_A_LIST))
        field.data = "\n".join(sorted({domain for domain in found if domain}))

    def validate_aliases(self, field: Any) -> None:
        """Each must fit its column."""
        lines = _lines(field.data)
        if any(len(line) > 200 for line in lines) or len(lines) > MOST_IN_A_LIST:
            raise ValidationError(_("At most %(number)d names of 200 characters.", number=MOST_IN_A_LIST))

    def validate_suppliers(self, field: Any) -> None:
        """Each must look like a programme ID."""
        if any(not PROGRAMME_ID.fullmatch(part) for part in _SPLIT.split(field.data or "") if part):
            raise ValidationError(_("Enter programme IDs like KP-123456, one on each line."))

    def details(self) -> CompanyDetails:
        """What was entered."""
        schemes = {scheme: self[scheme.value].data or "" for scheme in IdentifierScheme}
        return CompanyDetails(
            name=self.name.data,
            legal_name=self.legal_name.data or "",
            programme_id=self.programme_id.data or None,
            primary_type=PartnerType(self.primary_type.data),
            other_types=sorted(PartnerType(value) for value in self.other_types.data or []),
            tier_key=self.tier_key.data or None,
            country_code=self.country_code.data,
            city=self.city.data or "",
            website=self.website.data or "",
            status=OrganisationStatus(self.status.data),
            partner_since=self.partner_since.data,
            partner_manager=self.partner_manager.data or "",
            parent=self.parent.data or "",
            suppliers=sorted({part for part in _SPLIT.split(self.suppliers.data or "") if part}),
            employees=self.employees.data,
            domains=_lines(self.domains.data),
            aliases=_lines(self.aliases.data),
            numbers={scheme: value for scheme, value in schemes.items() if value},
            notes=self.notes.data or "",
        )


def _lines(text: str | None) -> list[str]:
    return [line for part in (text or "").split("\n") if (line := part.strip())]


def company_form(**kwargs: Any) -> CompanyForm:
    """The form with the choices of the programme's tables."""
    return with_choices(CompanyForm(**kwargs))


SomeCompanyForm = TypeVar("SomeCompanyForm", bound=CompanyForm)


def with_choices(form: SomeCompanyForm) -> SomeCompanyForm:
    """A company's form, or one that asks for more, with the choices of the programme's tables."""
    form.tier_key.choices = [SelectChoice("", _("No tier")), *(SelectChoice(key, label) for key, label in queries.tiers())]
    form.country_code.choices = [SelectChoice(code, name) for code, name in queries.countries()]
    return form


def values_of(details: CompanyDetails, version: int) -> dict[str, Any]:
    """What the form shows of a company."""
    return {
        **{scheme.value: details.numbers.get(scheme, "") for scheme in IdentifierScheme},
        "version": str(version),
        "name": details.name,
        "legal_name": details.legal_name,
        "aliases": "\n".join(details.aliases),
        "programme_id": details.programme_id or "",
        "status": details.status.value,
        "primary_type": details.primary_type.value,
        "other_types": [kind.value for kind in details.other_types],
        "tier_key": details.tier_key or "",
        "country_code": details.country_code,
        "city": details.city,
        "website": details.website,
        "domains": "\n".join(details.domains),
        "partner_since": details.partner_since,
        "partner_manager": details.partner_manager,
        "parent": details.parent,
        "suppliers": "\n".join(details.suppliers),
        "employees": details.employees,
        "notes": details.notes,
    }


def differences(form: CompanyForm, details: CompanyDetails) -> list[tuple[str, str, str]]:
    """Fields in which what was typed differs from what is saved: label, typed, saved."""
    saved = values_of(details, 0)
    found = []
    for field in form:
        if field.name in ("csrf_token", "once_key", "version"):
            continue
        typed, theirs = _shown(field, field.data), _shown(field, saved[field.name])
        if typed != theirs:
            found.append((str(field.label.text), typed, theirs))
    return found


def _shown(field: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(field, SelectField | SelectMultipleField):
        labels = {choice.value: str(choice.label) for choice in field.iter_choices()}
        return ", ".join(labels.get(v, str(v)) for v in sorted(value if isinstance(value, list) else [value]))
    return f"{value:%d %b %Y}" if isinstance(value, date) else str(value)


class PersonForm(Form):
    """A person in a company."""

    given_name = LineField(_l("Given name"), length=100)
    family_name = LineField(_l("Family name"), [required(_l("Enter a name."))], length=100)
    email = AddressField(_l("E-mail"), [required(_l("Enter an e-mail like name@company.com."))])
    phone = LineField(_l("Phone"), [phone_number], length=40)
    job_title = LineField(_l("Job title"), length=150)
    function = SelectField(
        _l("Function"),
        choices=[SelectChoice("", _l("not known")), *(SelectChoice(f.value, label) for f, label in FUNCTION_LABELS.items())],
    )
    role = SelectField(_l("Role"), choices=[SelectChoice(r.value, label) for r, label in ROLE_LABELS.items()])

    def chosen_function(self) -> JobFunction | None:
        """The function, if one was chosen."""
        return JobFunction(self.function.data) if self.function.data else None


class EditPersonForm(PersonForm):
    """The same, with what only matters later."""

    version = HiddenField(default="0")
    badge_name = LineField(_l("Name on the badge"), length=150)
    language = LineField(_l("Language"), [spoken_language], length=20)
    time_zone = SelectField(
        _l("Time zone"), choices=[SelectChoice("", _l("not known")), *(SelectChoice(zone, zone) for zone in zones())]
    )
