"""Who may come, without a database: windows by kind and wave, audience, invitations, what is waived."""

from dataclasses import replace
from datetime import timedelta

import pytest

from eventapp.events.admission.rules import Applicant, Kind, Opening, Rule, Waived, WayIn, anybody, choosable, judge, opens_at
from eventapp.events.models import Admission, AudienceField, Event, EventFormat, EventStatus, OfferedTo
from tests.conftest import NOW

DAY = timedelta(days=1)
PREMIER = Applicant(7, frozenset({"isv", "si"}), "premier", "AT", "dach")
NO_TIER = Applicant(8, frozenset({"distributor"}), "none", "AE", "meat")


def event(**values: object) -> Event:
    """A published event that is open, unless told otherwise."""
    defaults: dict[str, object] = {
        "status": EventStatus.PUBLISHED,
        "format": EventFormat.IN_PERSON,
        "admission": Admission.OPEN,
        "time_zone": "Europe/Vienna",
        "starts_at": NOW + 90 * DAY,
        "ends_at": NOW + 91 * DAY,
        "registration_opens_at": None,
        "registration_closes_at": None,
    }
    return Event(**{**defaults, **values})


def kind(name: str = "Delegate", **values: object) -> Kind:
    defaults: dict[str, object] = {
        "id": 1, "name": name, "pool_id": 5, "opens_at": None, "closes_at": None, "needs_approval": False,
        "counts_on_company": True, "offered_to": OfferedTo.EVERYBODY,
    }  # fmt: skip
    return Kind(**{**defaults, **values})  # type: ignore[arg-type] # mixed values


def rule(field: AudienceField, *values: str, kind_id: int | None = None) -> Rule:
    return Rule(kind_id, field, frozenset(values), ", ".join(values))


def failed(way: WayIn, applicant: Applicant, *, of: Event | None = None, **values: object) -> list[str]:
    verdict = judge(of or event(), way, values.pop("kind", None), applicant, NOW, **values)  # type: ignore[arg-type]
    return [b.code for b in verdict.blockers]


@pytest.mark.parametrize(
    ("field", "values", "passes"),
    [
        (AudienceField.TIER, ("premier", "advanced"), True),
        (AudienceField.TIER, ("ready",), False),
        (AudienceField.TYPE, ("si",), True),
        (AudienceField.TYPE, ("distributor",), False),
        (AudienceField.COUNTRY, ("AT",), True),
        (AudienceField.COUNTRY, ("DE",), False),
        (AudienceField.SUB_REGION, ("dach",), True),
        (AudienceField.SUB_REGION, ("nordics",), False),
        (AudienceField.COMPANY, ("7", "9"), True),
        (AudienceField.COMPANY, ("9",), False),
    ],
)
def test_each_audience_rule(field: AudienceField, values: tuple[str, ...], passes: bool) -> None:
    way = WayIn(rules=(rule(field, *values),))
    assert failed(way, PREMIER) == ([] if passes else [field.value])


def test_all_rules_must_hold_and_each_failing_one_is_told() -> None:
    way = WayIn(rules=(rule(AudienceField.TIER, "ready"), rule(AudienceField.COUNTRY, "AT"), rule(AudienceField.TYPE, "msp")))
    assert failed(way, PREMIER) == ["tier", "type"]


def test_a_company_of_no_tier_can_be_named() -> None:
    assert failed(WayIn(rules=(rule(AudienceField.TIER, "none"),)), NO_TIER) == []


def test_a_rule_of_one_kind_counts_for_that_kind_only() -> None:
    speaker, delegate = kind("Speaker", id=2), kind()
    way = WayIn(kinds=(delegate, speaker), rules=(rule(AudienceField.TIER, "ready", kind_id=2),))
    assert failed(way, PREMIER, kind=delegate) == []
    assert failed(way, PREMIER, kind=speaker) == ["tier"]


def test_what_somebody_does_is_asked_of_people_only() -> None:
    way = WayIn(rules=(rule(AudienceField.FUNCTION, "technical"),))
    assert failed(way, PREMIER) == []
    assert failed(way, Applicant(7, frozenset(), "premier", "AT", "dach", function="sales", person=True)) == ["function"]
    assert failed(way, Applicant(7, frozenset(), "premier", "AT", "dach", function="", person=True)) == ["function"]
    assert failed(way, Applicant(7, frozenset(), "premier", "AT", "dach", function="technical", person=True)) == []


def test_the_earliest_wave_that_fits_opens() -> None:
    late, early = NOW + 3 * DAY, NOW + 2 * DAY
    way = WayIn(waves=(Opening("premier", None, late), Opening(None, "dach", early), Opening("ready", "dach", NOW - DAY)))
    assert opens_at(event(), way, None, PREMIER) == early
    assert failed(way, PREMIER) == ["early"] or failed(way, PREMIER) == ["window"]
    closed = event(registration_opens_at=NOW + 9 * DAY)
    assert opens_at(closed, way, None, NO_TIER) == NOW + 9 * DAY, "who fits none waits for the event's own opening"


def test_a_wave_lets_in_before_the_event_opens() -> None:
    way = WayIn(waves=(Opening("premier", None, NOW - DAY),))
    assert failed(way, PREMIER, of=event(registration_opens_at=NOW + DAY)) == []
    assert failed(way, NO_TIER, of=event(registration_opens_at=NOW + DAY)) == ["window"]


def test_the_opening_moment_itself_counts() -> None:
    way = WayIn(waves=(Opening("premier", None, NOW),))
    assert failed(way, PREMIER, of=event(registration_opens_at=NOW + DAY)) == []


def test_the_window_of_a_kind_goes_first() -> None:
    press = kind("Press", opens_at=NOW - DAY, closes_at=NOW + DAY)
    way = WayIn(kinds=(press,))
    assert failed(way, PREMIER, of=event(registration_opens_at=NOW + 5 * DAY), kind=press) == []
    over = kind("Press", closes_at=NOW)
    assert failed(WayIn(kinds=(over,)), PREMIER, kind=over) == ["window"]


def test_by_invitation_only() -> None:
    closed = event(admission=Admission.INVITATION)
    assert failed(WayIn(), anybody(7), of=closed) == ["invitation"]
    assert failed(WayIn(), anybody(7, invited=True), of=closed) == []
    assert failed(WayIn(), anybody(7, organizer=True), of=closed) == []


def test_kinds_are_offered_to_those_they_are_for() -> None:
    kinds = (
        kind(id=1),
        kind("Speaker", id=2, offered_to=OfferedTo.INVITED),
        kind("Staff", id=3, offered_to=OfferedTo.ORGANIZERS),
    )
    way = WayIn(kinds=kinds)
    assert [k.id for k in choosable(way, anybody(7))] == [1]
    assert [k.id for k in choosable(way, anybody(7, invited=True))] == [1], "invited, but not as a speaker"
    assert [k.id for k in choosable(way, replace(anybody(7, invited=True), invited_as=2))] == [2]
    assert [k.id for k in choosable(way, anybody(7, organizer=True))] == [1, 2, 3]
    assert failed(way, anybody(7), kind=kinds[1]) == ["invitation"], "also when it is sent without being offered"
    assert failed(way, anybody(7), kind=kinds[2]) == ["kind"]


def test_what_is_waived_does_not_count_but_a_cancelled_event_stays_cancelled() -> None:
    way = WayIn(rules=(rule(AudienceField.TIER, "ready"),))
    early = event(registration_opens_at=NOW + DAY)
    assert failed(way, PREMIER, of=early, waived=Waived(audience=True, window=True)) == []
    cancelled = event(status=EventStatus.CANCELLED)
    assert failed(way, anybody(7, organizer=True), of=cancelled, waived=Waived(audience=True, window=True)) == ["window"]


def test_who_has_to_be_approved() -> None:
    def asked(of: Event, one: Kind | None, applicant: Applicant, waived: Waived = Waived()) -> bool:  # noqa: B008 - frozen
        return judge(of, WayIn(), one, applicant, NOW, waived).approval

    approval = event(admission=Admission.APPROVAL)
    assert asked(approval, None, PREMIER)
    assert not asked(approval, None, PREMIER, Waived(approval=True))
    assert not asked(approval, None, anybody(7, organizer=True))
    assert asked(event(), kind(needs_approval=True), PREMIER)
    assert not asked(event(), kind(), PREMIER)
