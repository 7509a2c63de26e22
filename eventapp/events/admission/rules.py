"""Whether a company, or one of its people, may register: one result for each rule. Pure functions over facts.

The same results feed the button, the act, and the organizer's rule tester.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from eventapp.core.i18n import _
from eventapp.events.models import NO_TIER, Admission, AudienceField, Event, EventStatus, OfferedTo
from eventapp.events.rules import Blocker, Window, blocker_of, window


class Kind(NamedTuple):
    """An admission kind, as far as the rules ask. No times: those of the event."""

    id: int
    name: str
    pool_id: int
    opens_at: datetime | None
    closes_at: datetime | None
    needs_approval: bool
    counts_on_company: bool
    offered_to: OfferedTo


class Rule(NamedTuple):
    """Who may come must have one of `values`; `kind_id` is none for a rule of the whole event."""

    kind_id: int | None
    field: AudienceField
    values: frozenset[str]
    shown: str


class Opening(NamedTuple):
    """A wave: an hour of their own for companies of a tier and a sub-region; none: of any."""

    tier: str | None
    sub_region: str | None
    opens_at: datetime


@dataclass(frozen=True)
class WayIn:
    """What an event asks of those who come, besides its own window."""

    kinds: tuple[Kind, ...] = ()
    rules: tuple[Rule, ...] = ()
    waves: tuple[Opening, ...] = ()

    def kind(self, kind_id: int | None) -> Kind | None:
        """The kind of that id."""
        return next((kind for kind in self.kinds if kind.id == kind_id), None)


@dataclass(frozen=True)
class Applicant:
    """Who asks: a company, and perhaps one of its people.

    `function` is what the person does there; `person` whether anybody in particular is meant: of a company alone no
    function is asked. `invited`: there is an open invitation, and `invited_as` the kind that it names. `organizer`: the
    vendor registers them by hand.
    """

    company_id: int
    types: frozenset[str]
    tier: str
    country: str
    sub_region: str
    function: str = ""
    person: bool = False
    invited: bool = False
    invited_as: int | None = None
    organizer: bool = False

    def value(self, asked: AudienceField) -> frozenset[str]:
        """What the rules compare with."""
        one = {
            AudienceField.TIER: self.tier,
            AudienceField.COUNTRY: self.country,
            AudienceField.SUB_REGION: self.sub_region,
            AudienceField.FUNCTION: self.function,
            AudienceField.COMPANY: str(self.company_id),
        }
        return self.types if asked is AudienceField.TYPE else frozenset({one[asked]})


def anybody(company_id: int, *, invited: bool = False, organizer: bool = False) -> Applicant:
    """A company of which nothing more is asked: for events without kinds, audience rules and waves."""
    return Applicant(company_id, frozenset(), "", "", "", invited=invited, organizer=organizer)


@dataclass(frozen=True)
class Waived:
    """Rules that do not count for a registration, for example of a guest or by an invitation that says so."""

    audience: bool = False
    window: bool = False
    approval: bool = False


NOTHING_WAIVED = Waived()


@dataclass(frozen=True)
class Result:
    """What one rule says. `message` is the refusal where it failed, else what it found."""

    rule: str
    passed: bool
    message: str


@dataclass(frozen=True)
class Verdict:
    """All results; `approval` whether an organizer has to say yes."""

    results: tuple[Result, ...]
    approval: bool = False
    blockers: list[Blocker] = field(init=False)

    def __post_init__(self) -> None:
        """The failed ones, as blockers."""
        object.__setattr__(self, "blockers", [Blocker(r.rule, r.message) for r in self.results if not r.passed])


def judge(
    event: Event, way: WayIn, kind: Kind | None, applicant: Applicant, now: datetime, waived: Waived = NOTHING_WAIVED
) -> Verdict:
    """Every rule that stands between the applicant and a registration of that kind, in the order in which they are told.

    Of an event that was cancelled nobody gets a place. Organizers may register out of time and whoever they like.
    """
    results = [_window(event, way, kind, applicant, now, waived)]
    if event.status is not EventStatus.CANCELLED:
        results += [r for r in (_invitation(event, kind, applicant), _offered(kind, applicant)) if r is not None]
        results += _audience(way, kind, applicant, waived)
    asked = event.admission is Admission.APPROVAL or (kind is not None and kind.needs_approval)
    return Verdict(tuple(results), approval=asked and not waived.approval and not applicant.organizer)


def opens_at(event: Event, way: WayIn, kind: Kind | None, applicant: Applicant) -> datetime | None:
    """When registration opens for them (UTC): in the company's wave, else as the kind or the event says."""
    fitting = [
        wave.opens_at
        for wave in way.waves
        if wave.tier in (None, applicant.tier) and wave.sub_region in (None, applicant.sub_region)
    ]
    if fitting:
        return min(fitting)
    return kind.opens_at if kind is not None and kind.opens_at is not None else event.registration_opens_at


def _window(event: Event, way: WayIn, kind: Kind | None, applicant: Applicant, now: datetime, waived: Waived) -> Result:
    closes = kind.closes_at if kind is not None and kind.closes_at is not None else event.registration_closes_at
    opens = opens_at(event, way, kind, applicant)
    state = window(event, now, opens_at=opens, closes_at=closes)
    open_to_all = state is Window.OPEN
    if event.status is EventStatus.CANCELLED or not (applicant.organizer or waived.window or open_to_all):
        return Result("window", False, blocker_of(event, state, opens).message)
    return Result("window", True, _("Registration is open.") if open_to_all else _("The window does not count here."))


def _invitation(event: Event, kind: Kind | None, applicant: Applicant) -> Result | None:
    needed = event.admission is Admission.INVITATION or (kind is not None and kind.offered_to is OfferedTo.INVITED)
    if not needed:
        return None
    passed = applicant.invited or applicant.organizer
    if kind is not None and kind.offered_to is OfferedTo.INVITED:
        passed = applicant.organizer or applicant.invited_as == kind.id
        refusal = _("As %(kind)s people come by invitation only.", kind=kind.name)
    else:
        refusal = _("People come to this event by invitation only. Ask the organizer if you should have one.")
    return Result("invitation", passed, _("Invited, or registered by an organizer.") if passed else refusal)


def _offered(kind: Kind | None, applicant: Applicant) -> Result | None:
    if kind is None or kind.offered_to is not OfferedTo.ORGANIZERS:
        return None
    return Result("kind", applicant.organizer, _("Only organizers register people as %(kind)s.", kind=kind.name))


def _audience(way: WayIn, kind: Kind | None, applicant: Applicant, waived: Waived) -> list[Result]:
    found = []
    for rule in way.rules:
        if rule.kind_id is not None and (kind is None or rule.kind_id != kind.id):
            continue
        if rule.field is AudienceField.FUNCTION and not applicant.person:
            continue
        passed = bool(applicant.value(rule.field) & rule.values) or waived.audience or applicant.organizer
        found.append(Result(rule.field.value, passed, _allowed(rule) if passed else _refusal(rule)))
    return found


def _allowed(rule: Rule) -> str:
    if rule.field is AudienceField.COMPANY:
        return _("The company is on the list.")
    return _("One of: %(values)s.", values=rule.shown)


def _refusal(rule: Rule) -> str:
    """What to tell a partner. Which other companies are on a list is nobody's business."""
    return {
        AudienceField.TYPE: _("This event is for other types of partners: %(values)s.", values=rule.shown),
        AudienceField.TIER: _("This event is for partners of other tiers: %(values)s.", values=rule.shown),
        AudienceField.COUNTRY: _("This event is for partners of other countries: %(values)s.", values=rule.shown),
        AudienceField.SUB_REGION: _("This event is for partners of other regions: %(values)s.", values=rule.shown),
        AudienceField.FUNCTION: _("This event is for people who work in: %(values)s.", values=rule.shown),
        AudienceField.COMPANY: _("Your company is not among those that this event is for."),
    }[rule.field]


def uses_places_of_company(kind: Kind | None) -> bool:
    """Whether somebody of this kind takes one of the company's places."""
    return kind is None or kind.counts_on_company


def choosable(way: WayIn, applicant: Applicant) -> Sequence[Kind]:
    """The kinds that the applicant may choose, in the organizer's order."""
    if applicant.organizer:
        return way.kinds
    if applicant.invited_as is not None:
        return [kind for kind in way.kinds if kind.id == applicant.invited_as]
    return [kind for kind in way.kinds if kind.offered_to is OfferedTo.EVERYBODY]


def tier_of(key: str | None) -> str:
    """The tier as the rules write it; companies of no tier have one too."""
    return key or NO_TIER
