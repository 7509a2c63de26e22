"""What the registration pages offer: colleagues, companies of an address, and the words for what became of people."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from wtforms.fields import SelectChoice

from eventapp.accounts.permissions import Viewer
from eventapp.core.i18n import _, ngettext
from eventapp.events import queries as events
from eventapp.events.admission.rules import Kind
from eventapp.events.models import MODE_LABELS, Event, Mode
from eventapp.events.rules import Blocker
from eventapp.partners import queries as partners
from eventapp.partners.joining import queries as joining
from eventapp.partners.models import Organisation, OrganisationStatus, Person
from eventapp.partners.queries import Colleague
from eventapp.registrations import hooks, queries
from eventapp.registrations.forms import ColleaguesForm, OwnForm, offer_kinds
from eventapp.registrations.invitations import terms as invitations
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.no_shows import applying as no_shows
from eventapp.registrations.no_shows.rules import places_left
from eventapp.registrations.service import Attendee


@dataclass(frozen=True)
class Choice:
    """A company's colleagues, those registered already, and its places for the event.

    `kinds` are those that it may choose; `blockers` say why it may not register anybody at this moment as any of them,
    `after_no_shows` what it meets because its people did not come to earlier events.
    """

    colleagues: list[Colleague]
    registered: set[int]
    places: int | None
    taken: int
    kinds: Sequence[Kind] = ()
    blockers: Sequence[Blocker] = ()
    after_no_shows: str = ""
    # What colleagues lack of what the event asks of people themselves, by person id.
    lacking: Mapping[int, str] = dataclasses.field(default_factory=dict)

    @property
    def offered(self) -> list[tuple[int, str]]:
        """Id and name of everybody; who is registered already is refused by name, also when it happened just now."""
        return [(c.person_id, c.full_name) for c in self.colleagues]

    @property
    def names(self) -> dict[str, tuple[str, str]]:
        """Given and family name of everybody by address."""
        return {c.address: (c.given_name, c.family_name) for c in self.colleagues}

    @property
    def free(self) -> int | None:
        """Places the company has left; none for no limit."""
        return None if self.places is None else max(0, self.places - self.taken)

    @property
    def own_words(self) -> str:
        """The company's own places, and how many are left."""
        words = _("Company places")
        return words if self.free is None else f"{words}: {ngettext('%(num)s left', '%(num)s left', self.free)}"


def for_company(viewer: Viewer, event: Event, company: Organisation, at: datetime) -> Choice:
    """What the company's form offers at this moment. Raises NotFoundError for a company that is not the viewer's."""
    colleagues = partners.colleagues(viewer, company.id)
    ids = [c.person_id for c in colleagues]
    registered = queries.active_people(event.id, ids)
    invited = invitations.of_company(event, company, ids, at)
    places, taken = invitations.places_of(invited) or events.places_of_company(event, company)
    kinds, blockers = invitations.ways_of_company(event, company, invited, at)
    past = no_shows.follows(event, company, at)
    if invitations.places_of(invited) is None:
        places = places_left(places, past.consequence)
        blockers = [*blockers, *no_shows.blockers(event, company, past)]
    required = hooks.required(event, ids, at)
    lacking = required.lacking if required is not None else {}
    return Choice(colleagues, registered, places, taken, kinds, blockers, no_shows.words(past), lacking)


def attendees(event: Event, form: ColleaguesForm, choice: Choice, sent: Mapping[str, str]) -> list[Attendee]:
    """The chosen people in the order of the page; each may have a mode of its own, else that of the group."""
    ticked = set(form.colleagues.data or [])
    found = [
        Attendee(
            c.given_name,
            c.family_name,
            c.address,
            _mode(event, form, sent, f"mode-c{c.person_id}"),
            "colleagues",
            kind_id=_kind(choice, form, sent, f"kind-c{c.person_id}"),
        )
        for c in choice.colleagues
        if c.person_id in ticked
    ]
    for n, (field, person) in enumerate(form.new_people()):
        mode = _mode(event, form, sent, f"mode-n{n}")
        kind_id = _kind(choice, form, sent, f"kind-n{n}")
        given, family = person.given_name.data or "", person.family_name.data or ""
        found.append(Attendee(given, family, person.email.data, mode, field, kind_id=kind_id))
    return found


def pasted(event: Event, form: ColleaguesForm, choice: Choice, sent: Mapping[str, str]) -> list[Attendee]:
    """Those of a pasted list who can be read, while others of it cannot; as the group takes part."""
    mode, kind_id = _mode(event, form, sent, "mode"), _kind(choice, form, sent, "kind")
    return [Attendee(one.given_name, one.family_name, one.address, mode, "paste", kind_id=kind_id) for one in form.pasted]


def _kind(choice: Choice, form: ColleaguesForm, sent: Mapping[str, str], name: str) -> int | None:
    by_id = {str(kind.id): kind.id for kind in choice.kinds}
    return by_id.get(sent.get(name, ""), by_id.get(form.kind.data or ""))


def keys(form: ColleaguesForm, choice: Choice) -> list[str]:
    """What parts the fields of the chosen people on page two, in the order of `attendees`: c12 is a colleague, n0 a new one."""
    ticked = set(form.colleagues.data or [])
    known = [f"c{c.person_id}" for c in choice.colleagues if c.person_id in ticked]
    return known + [f"n{n}" for n in range(len(form.new_people()))]


def _mode(event: Event, form: ColleaguesForm, sent: Mapping[str, str], name: str) -> Mode:
    allowed = {m.value for m in event.modes}
    asked = sent.get(name, form.mode.data)
    return Mode(asked) if asked in allowed else event.modes[0]


def companies_for(address: str, person: Person | None) -> list[Organisation]:
    """Companies that `person`, of this proven address, may register for: those they belong to, else by the domain.

    Of several with the same domain only the one that the person has asked to join, if there is one.
    """
    own = queries.companies_of(person.id) if person is not None else []
    found = own or partners.company_for_address(address)
    asked = joining.own_request(person.id) if person is not None and len(found) > 1 and not own else None
    if asked is not None:
        found = [c for c in found if c.id == asked.organisation_id] or found
    return [c for c in found if c.status in (OrganisationStatus.ACTIVE, OrganisationStatus.PROSPECT)]


def claim_of(person: Person | None) -> str:
    """The company that the person says is theirs and nobody has confirmed yet; empty for none."""
    if person is None:
        return ""
    asked, told = joining.own_request(person.id), joining.own_company_request(person.id)
    return asked.company if asked is not None else told.name if told is not None else ""


def offer(form: OwnForm, event: Event, companies: Sequence[Organisation], claim: str, kinds: Sequence[Kind]) -> None:
    """Fills the choices of a single person's form; where only one fits, it is chosen. `claim` stands where none is known."""
    offer_kinds(form.kind, kinds)
    form.company.choices = [SelectChoice(c.id, f"{c.name} ({c.country_code})") for c in companies]
    if claim:
        form.company.choices = [SelectChoice(0, _("%(company)s, not confirmed yet", company=claim))]
        form.company.data = 0
    form.mode.choices = [SelectChoice(m.value, MODE_LABELS[m]) for m in event.modes]
    if form.company.data is None and len(companies) == 1:
        form.company.data = companies[0].id
    if not form.mode.data and len(event.modes) == 1:
        form.mode.data = event.modes[0].value


def outcome(made: Sequence[Registration]) -> str:
    """What became of a group: "3 confirmed, 1 waiting"."""
    confirmed = sum(r.status is RegistrationStatus.CONFIRMED for r in made)
    waiting = len(made) - confirmed
    parts = [_("%(n)d confirmed", n=confirmed)] if confirmed else []
    if waiting:
        parts.append(_("%(n)d on the waiting list", n=waiting))
    people = ngettext("Registered: %(what)s.", "Registered: %(what)s.", len(made), what=", ".join(parts))
    return f"{people} {_('Everybody gets a mail.')}"
