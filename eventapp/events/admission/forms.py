"""Forms that say who may come."""

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.events.admission.service import KindDetails, WayDetails
from eventapp.events.forms import places_field
from eventapp.events.models import (
    ADMISSION_LABELS,
    FAIRNESS_LABELS,
    OFFERED_LABELS,
    Admission,
    AdmissionKind,
    AudienceField,
    Event,
    Fairness,
    OfferedTo,
)
from eventapp.events.moments import LocalMoment, MomentsForm, moment_values, which_field
from eventapp.partners import queries as partners
from eventapp.partners.models import Country

ANY = ""
MOST_COMPANIES = 500
MOST_PLUS_ONES = 10


class WayForm(MomentsForm):
    """How people come in, and until when they may change something."""

    moment_names = ("fairness_at", "edit_until", "mode_change_until")

    version = HiddenField(default="0")
    admission = RadioField(
        _l("How a registration gets a place"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(a.value, label) for a, label in ADMISSION_LABELS.items()],
    )
    reapproval = BooleanField(_l("Look again at an approved registration when it is edited"))
    plus_ones = IntegerField(
        _l("People whom each may bring along"),
        [NumberRange(0, MOST_PLUS_ONES, _l("A number from 0 to 10."))],
        default=0,
        description=_l("By name alone, without an address. They take places of the event, and none of the company."),
        render_kw={"min": 0, "max": MOST_PLUS_ONES, "inputmode": "numeric"},
    )
    fairness = RadioField(
        _l("Who comes first"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(f.value, label) for f, label in FAIRNESS_LABELS.items()],
    )
    fairness_at = LocalMoment(_l("Date of the draw or of the second round"))
    fairness_at_fold = which_field()
    shared_quota = BooleanField(_l("A parent company and its subsidiaries share the parent's places"))
    edit_until = LocalMoment(_l("People may edit their answers until"), description=_l("Left empty: until the event ends."))
    edit_until_fold = which_field()
    mode_change_until = LocalMoment(
        _l("People may switch between in person and on video until"), description=_l("Left empty: until the event starts.")
    )
    mode_change_until_fold = which_field()

    def validate(self, extra_validators: Any = None) -> bool:
        """A draw and a second round need their date."""
        valid = super().validate(extra_validators)
        if self.fairness.data in (Fairness.DRAW, Fairness.ONE_PER_COMPANY) and self.fairness_at.data is None:
            self.fairness_at.errors = [*self.fairness_at.errors, _("Say when.")]
            valid = False
        return valid

    def details(self) -> WayDetails:
        """The checked input, times in UTC."""
        fairness = Fairness(self.fairness.data)
        return WayDetails(
            admission=Admission(self.admission.data),
            fairness=fairness,
            fairness_at=self.moments["fairness_at"] if fairness is not Fairness.FIRST_COME else None,
            shared_quota=self.shared_quota.data,
            edit_until=self.moments["edit_until"],
            mode_change_until=self.moments["mode_change_until"],
            reapproval=self.reapproval.data,
            plus_ones=self.plus_ones.data or 0,
        )


def way_values(event: Event) -> dict[str, Any]:
    """An event as the form shows it."""
    values: dict[str, Any] = {
        "version": str(event.version),
        "admission": event.admission.value,
        "fairness": event.fairness.value,
        "shared_quota": event.shared_quota,
        "reapproval": event.reapproval,
        "plus_ones": event.plus_ones,
    }
    for name in WayForm.moment_names:
        values |= moment_values(name, getattr(event, name), event.time_zone)
    return values


class KindForm(MomentsForm):
    """An admission kind."""

    moment_names = ("opens_at", "closes_at")

    name = LineField(_l("Name"), [required(_l("Give it a name, like Speaker."))], length=60)
    description = LineField(_l("Description"), length=300, description=_l("Shown where people choose."))
    capacity = places_field(_l("Places of its own"))
    opens_at = LocalMoment(_l("Registration opens"), description=_l("Left empty: as for the event."))
    opens_at_fold = which_field()
    closes_at = LocalMoment(_l("Registration closes"), description=_l("Left empty: as for the event."))
    closes_at_fold = which_field()
    offered_to = RadioField(
        _l("Who may choose it"),
        [InputRequired(_l("Choose one."))],
        choices=[SelectChoice(o.value, label) for o, label in OFFERED_LABELS.items()],
        default=OfferedTo.EVERYBODY.value,
    )
    needs_approval = BooleanField(_l("An organizer approves each"))
    counts_on_company = BooleanField(_l("Takes one of the company's places"), default=True)

    def validate(self, extra_validators: Any = None) -> bool:
        """The window must have an order."""
        valid = super().validate(extra_validators)
        opens, closes = self.moments.get("opens_at"), self.moments.get("closes_at")
        if opens and closes and closes <= opens:
            self.closes_at.errors = [*self.closes_at.errors, _("Registration must close after it opens.")]
            valid = False
        return valid

    def details(self) -> KindDetails:
        """The checked input, times in UTC."""
        return KindDetails(
            name=self.name.data,
            description=self.description.data or "",
            capacity=self.capacity.data,
            opens_at=self.moments["opens_at"],
            closes_at=self.moments["closes_at"],
            needs_approval=self.needs_approval.data,
            counts_on_company=self.counts_on_company.data,
            offered_to=OfferedTo(self.offered_to.data),
        )


def kind_values(kind: AdmissionKind, capacity: int | None, zone: str) -> dict[str, Any]:
    """A kind as the form shows it."""
    names = ("name", "description", "needs_approval", "counts_on_company")
    values: dict[str, Any] = {name: getattr(kind, name) for name in names}
    values |= {"capacity": capacity, "offered_to": kind.offered_to.value}
    for name in KindForm.moment_names:
        values |= moment_values(name, getattr(kind, name), zone)
    return values


class RuleForm(MomentsForm):
    """Who may come must have one of the ticked values; companies are listed by programme ID or exact name."""

    kind = SelectField(_l("For whom"), [OptionalInput()])
    values = SelectMultipleField(_l("One of"), [OptionalInput()])
    companies = TextField(
        _l("Companies"), length=20_000, description=_l("One in a line: programme ID like KP-182660, or the exact name.")
    )

    def for_field(self, field: AudienceField, choices: Sequence[tuple[str, str]], kinds: Sequence[AdmissionKind]) -> "RuleForm":
        """Offers the values of a field, and the kinds that the rule may be for."""
        self.asked = field
        self.kind.choices = [
            SelectChoice(ANY, _("Everybody who comes")),
            *(SelectChoice(str(k.id), _("Only as %(kind)s", kind=k.name)) for k in kinds),
        ]
        self.values.choices = [SelectChoice(value, label) for value, label in choices]
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """Something must be chosen; each company must be in the partner list."""
        valid = super().validate(extra_validators)
        if self.asked is AudienceField.COMPANY:
            return self._find_companies() and valid
        if valid and not self.values.data:
            self.values.errors = [_("Tick at least one.")]
            valid = False
        return valid

    def _find_companies(self) -> bool:
        lines = [line.strip() for line in (self.companies.data or "").splitlines() if line.strip()]
        if not lines:
            self.companies.errors = [_("Name at least one company.")]
            return False
        if len(lines) > MOST_COMPANIES:
            self.companies.errors = [_("Name at most %(n)d companies.", n=MOST_COMPANIES)]
            return False
        found = partners.companies_by_text(lines)
        if unknown := [line for line in lines if line not in found]:
            shown = ", ".join(unknown[:5])
            self.companies.errors = [_("Not in the partner list: %(names)s. Copy the programme ID from the list.", names=shown)]
            return False
        self.company_ids = sorted(set(found.values()))
        return True

    def chosen(self) -> list[str] | list[int]:
        """The values of the rule."""
        return self.company_ids if self.asked is AudienceField.COMPANY else list(self.values.data or [])


class WaveForm(MomentsForm):
    """An opening hour for a tier and a region."""

    moment_names = ("opens_at",)

    tier = SelectField(_l("Tier"), [OptionalInput()])
    sub_region = SelectField(_l("Sub-region"), [OptionalInput()])
    opens_at = LocalMoment(_l("Opens"), [required(_l("Say when."))])
    opens_at_fold = which_field()

    def offer(self, tiers: Sequence[tuple[str, str]], regions: Sequence[tuple[str, str]]) -> "WaveForm":
        """Offers tiers and regions; none means any."""
        self.tier.choices = [SelectChoice(ANY, _("Any tier")), *(SelectChoice(k, label) for k, label in tiers)]
        self.sub_region.choices = [SelectChoice(ANY, _("Any region")), *(SelectChoice(k, label) for k, label in regions)]
        return self


class CountryQuotaForm(Form):
    """Gives companies of a country their own number of places."""

    country = SelectField(_l("Country"), [InputRequired(_l("Choose a country."))])
    country_places = places_field(_l("Places for each company"))

    def offer(self, countries: Sequence[Country]) -> "CountryQuotaForm":
        """Offers the countries of the programme."""
        self.country.choices = [SelectChoice(c.code, c.name) for c in countries]
        return self
