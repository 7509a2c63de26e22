"""The acts that organizers carry out on many registrations: whom each fits, what it does, and how it is undone."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _, _l
from eventapp.events.models import AdmissionKind, Event, Mode
from eventapp.registrations import queries, service
from eventapp.registrations.desk import queries as tags
from eventapp.registrations.desk import service as desk
from eventapp.registrations.desk.models import RegistrationTag
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus

Status = RegistrationStatus
ACTIVE = frozenset(Status) - frozenset(ENDED)


@dataclass
class Outcome:
    """What an act did: ids with what was before, what they became, what was refused and why, and who moved up instead."""

    done: list[tuple[int, Any]] = field(default_factory=list)
    became: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    moved_up: int = 0


@dataclass(frozen=True)
class Order:
    """What is to be done: for which event, with which choice and reason, by whom and when."""

    event: Event
    choice: str
    reason: str
    by: Actor
    at: datetime


Carry = Callable[[Sequence[Registration], Order], Outcome]
# With what was before, by id, as the act has written it down.
Back = Callable[[Sequence[Registration], Mapping[int, Any], Order], Outcome]


@dataclass(frozen=True)
class Act:
    """An act. `fits` are the states in which it changes anything; `choice` is what is asked besides: mode, kind or tag.

    `reason`: none is asked (None), one may be given (False), or must be (True); `quoted`: it stands in the mail. `tells`:
    everybody concerned gets one. `along`: whoever comes along with somebody goes with them.
    """

    label: Any
    title: Any
    fits: frozenset[RegistrationStatus]
    carry: Carry
    undo: Back
    choice: str = ""
    reason: bool | None = False
    tells: bool = True
    danger: bool = False
    along: bool = False
    quoted: bool = False


def _statuses(before: Mapping[int, Status], changed: Sequence[Registration], moved_up: int = 0) -> Outcome:
    """The outcome of an act that changes states."""
    found = Outcome(moved_up=moved_up)
    for registration in changed:
        found.done.append((registration.id, before[registration.id].value))
        found.became[registration.status.value] += 1
    return found


def _before(registrations: Sequence[Registration]) -> dict[int, Status]:
    return {r.id: r.status for r in registrations}


def _refuse_others(found: Outcome, registrations: Sequence[Registration], reason: str) -> Outcome:
    """Counts those that the act has not changed."""
    done = {id_ for id_, _old in found.done}
    if others := sum(r.id not in done for r in registrations):
        found.refused[reason] += others
    return found


def _cancel(registrations: Sequence[Registration], order: Order) -> Outcome:
    going = queries.with_guests(r for r in registrations if r.status not in ENDED)
    before = _before(going)
    moved = service.cancel(going, reason=order.reason, by=order.by, at=order.at, with_guests=False)
    return _statuses(before, going, len(moved))


def _undo_cancel(registrations: Sequence[Registration], _before: Mapping[int, Any], order: Order) -> Outcome:
    def back(registration: Registration) -> str:
        if registration.status is Status.CANCELLED:
            service.undo_cancel(registration, by=order.by, at=order.at)
        elif registration.guest_of_id is None:  # a guest is back already, with whom they come along
            raise RuleError(_("This registration is not cancelled."))
        return Status.CANCELLED.value

    return _each(registrations, back)


def _approve(registrations: Sequence[Registration], order: Order) -> Outcome:
    before = _before(registrations)
    return _statuses(before, service.approve(registrations, by=order.by, at=order.at))


def _reopen(registrations: Sequence[Registration], _old: Mapping[int, Any], order: Order) -> Outcome:
    before = _before(registrations)
    changed, moved = service.reopen(registrations, by=order.by, at=order.at)
    found = _statuses(before, changed, len(moved))
    return _refuse_others(found, registrations, _("Have come, bring somebody along, or are in another state by now"))


def _decline(registrations: Sequence[Registration], order: Order) -> Outcome:
    before = _before(registrations)
    return _statuses(before, service.decline(registrations, reason=order.reason, by=order.by, at=order.at))


def _reconsider(registrations: Sequence[Registration], _before: Mapping[int, Any], order: Order) -> Outcome:
    def back(registration: Registration) -> str:
        service.reconsider(registration, by=order.by, at=order.at)
        return Status.DECLINED.value

    return _each(registrations, back)


def _confirm(registrations: Sequence[Registration], order: Order) -> Outcome:
    before = _before(registrations)
    changed, moved = service.confirm_by_hand(registrations, reason=order.reason, above=True, by=order.by, at=order.at)
    # Who was not chosen has come with the group that they waited in.
    return _statuses({r.id: Status.WAITING for r in changed} | before, changed, len(moved))


def _undo_confirm(registrations: Sequence[Registration], before: Mapping[int, Any], order: Order) -> Outcome:
    """Whoever waited waits again where they stood; an application is one again."""
    applied = [r for r in registrations if before[r.id] == Status.PENDING.value]
    found = _reopen(applied, before, order)
    waited = [r for r in registrations if before[r.id] != Status.PENDING.value]
    back = _to_waiting(waited, order, keep_turn=True)
    return Outcome(
        found.done + back.done, found.became + back.became, found.refused + back.refused, found.moved_up + back.moved_up
    )


def _wait(registrations: Sequence[Registration], order: Order) -> Outcome:
    return _to_waiting(registrations, order, keep_turn=False)


def _to_waiting(registrations: Sequence[Registration], order: Order, *, keep_turn: bool) -> Outcome:
    before = _before(queries.with_guests(registrations))
    changed, moved = service.to_waiting_list(registrations, reason=order.reason, by=order.by, at=order.at, keep_turn=keep_turn)
    found = _statuses(before, changed, len(moved))
    return _refuse_others(found, registrations, _("Nobody waits for their place, they have come, or the place is a seat block's"))


def _undo_wait(registrations: Sequence[Registration], _before: Mapping[int, Any], order: Order) -> Outcome:
    """Whoever has got a place meanwhile keeps it: nothing is overbooked for this."""

    def back(registration: Registration) -> str:
        made, _moved = service.confirm_by_hand([registration], reason=order.reason, above=False, by=order.by, at=order.at)
        if not made:
            raise RuleError(_("In another state by now"))
        return Status.WAITING.value

    return _each(registrations, back)


def _mode(registrations: Sequence[Registration], order: Order) -> Outcome:
    wanted = next((m for m in order.event.modes if m.value == order.choice), None)
    if wanted is None:
        raise RuleError(_("This event has no such way to take part."), "choice", 422)

    def change(registration: Registration) -> str | None:
        old = registration.mode
        if old is wanted:
            return None
        service.change_mode(registration, wanted, by=order.by, at=order.at)
        return old.value

    return _each(registrations, change)


def _undo_mode(registrations: Sequence[Registration], _before: Mapping[int, Any], order: Order) -> Outcome:
    other = next((m for m in Mode if m.value != order.choice), Mode.IN_PERSON)
    return _mode(registrations, replace(order, choice=other.value))


def _kind(registrations: Sequence[Registration], order: Order) -> Outcome:
    kind = db.session.get(AdmissionKind, int(order.choice)) if order.choice.isascii() and order.choice.isdigit() else None
    if kind is None or kind.event_id != order.event.id:
        raise RuleError(_("The event has no such kind."), "choice", 422)

    def change(registration: Registration) -> int | None:
        old = registration.kind_id
        if old == kind.id:
            return None
        service.change_kind(registration, kind.id, by=order.by, at=order.at)
        return old or 0

    return _each(registrations, change)


def _undo_kind(registrations: Sequence[Registration], before: Mapping[int, Any], order: Order) -> Outcome:
    def back(registration: Registration) -> int:
        if str(registration.kind_id) != order.choice:
            raise RuleError(_("Of another kind by now"))
        if not before[registration.id]:
            raise RuleError(_("Were of no kind before, which nobody can be any more"))
        service.change_kind(registration, before[registration.id], by=order.by, at=order.at)
        return int(order.choice)

    return _each(registrations, back)


def _tag(registrations: Sequence[Registration], order: Order) -> Outcome:
    tag = _tag_of(order)
    carried = {id_ for id_, labels in tags.tag_ids(r.id for r in registrations).items() if tag in labels}
    new = [r for r in registrations if r.id not in carried]
    desk.put_on([r.id for r in new], [tag])
    return Outcome(done=[(r.id, None) for r in new])


def _untag(registrations: Sequence[Registration], order: Order) -> Outcome:
    tag = _tag_of(order)
    carried = {id_ for id_, labels in tags.tag_ids(r.id for r in registrations).items() if tag in labels}
    gone = delete(RegistrationTag).where(RegistrationTag.tag_id == tag, RegistrationTag.registration_id.in_(carried))
    db.session.execute(gone)
    return Outcome(done=[(id_, None) for id_ in sorted(carried)])


def _undo_by(opposite: Carry) -> Back:
    """Undoing by an act that needs not know what was before."""
    return lambda registrations, _before, order: opposite(registrations, order)


def _tag_of(order: Order) -> int:
    found = next((t.id for t in tags.tags(order.event) if str(t.id) == order.choice), None)
    if found is None:
        raise RuleError(_("The event has no such tag any more."), "choice", 422)
    return found


def _each(registrations: Sequence[Registration], change: Callable[[Registration], Any]) -> Outcome:
    """Changes one after the other; whom a rule refuses stays as before, and the rest go on. None from `change`: no need."""
    found = Outcome()
    for registration in registrations:
        try:
            with db.session.begin_nested():
                old = change(registration)
        except RuleError as error:
            found.refused[error.message] += 1
            continue
        if old is not None:
            found.done.append((registration.id, old))
            found.became[registration.status.value] += 1
    return found


ACTS: dict[str, Act] = {
    "approve": Act(
        _l("Approve …"), _l("Approve registrations?"), frozenset({Status.PENDING}), _approve, _reopen, reason=None
    ),
    "decline": Act(
        _l("Decline …"), _l("Decline registrations?"), frozenset({Status.PENDING}), _decline, _reconsider,
        reason=True, danger=True, quoted=True,
    ),
    "confirm": Act(
        _l("Confirm by hand …"), _l("Give places by hand?"), frozenset({Status.WAITING, Status.PENDING}), _confirm,
        _undo_confirm, reason=True,
    ),
    "wait": Act(
        _l("Move to the waiting list …"), _l("Move to the waiting list?"), frozenset({Status.CONFIRMED, Status.OFFERED}),
        _wait, _undo_wait, reason=True, danger=True, along=True,
    ),
    "mode": Act(
        _l("Change how they take part …"), _l("Change how they take part?"), ACTIVE, _mode, _undo_mode, choice="mode",
        reason=None,
    ),
    "kind": Act(
        _l("Change the kind …"), _l("Change as what they come?"), ACTIVE, _kind, _undo_kind, choice="kind", reason=None,
        tells=False,
    ),
    "tag": Act(
        _l("Put a tag on …"), _l("Put a tag on?"), frozenset(Status), _tag, _undo_by(_untag), choice="tag", reason=None,
        tells=False,
    ),
    "untag": Act(
        _l("Take a tag off …"), _l("Take a tag off?"), frozenset(Status), _untag, _undo_by(_tag), choice="tag", reason=None,
        tells=False,
    ),
    "cancel": Act(
        _l("Cancel …"), _l("Cancel registrations?"), ACTIVE, _cancel, _undo_cancel, danger=True, along=True, quoted=True
    ),
}  # fmt: skip
