"""Carrying an act out on many registrations: rehearsed, at once or by the worker, and undone where the world allows it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor, NamedActor, record
from eventapp.core.db import after_commit, db, rollback, writing
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.jobs import enqueue
from eventapp.events.models import Event, EventStatus
from eventapp.places import service as places
from eventapp.registrations import queries as registrations
from eventapp.registrations.desk import queries
from eventapp.registrations.desk.acts import ACTS, Order, Outcome
from eventapp.registrations.desk.models import ActState, BulkAct
from eventapp.registrations.models import Registration, RegistrationStatus

# Up to so many it is done while the browser waits, and rehearsed before.
AT_ONCE = 500
REHEARSED = 100
PORTION = 100
UNDO_WITHIN = timedelta(days=1)
# What an act has written down of whoever had a place, or was offered one.
HAD_A_PLACE = frozenset({RegistrationStatus.CONFIRMED.value, RegistrationStatus.OFFERED.value})
# Whom the page has let in; the job acts for them.
STAFF = Viewer(roles=frozenset({Role.ORGANIZER}))


class ActorOf:
    """Who asked for an act, for the job that carries it out."""

    def __init__(self, name: str, user_id: int) -> None:
        self.actor_id = user_id
        self.actor_name = name


def rehearse(name: str, chosen: Sequence[Registration], order: Order) -> Outcome:
    """What the act would do now: carried out, and taken back. Raises RuleError if it cannot be done at all."""
    try:
        with writing():
            return _carry(name, chosen, order)
    finally:
        rollback()


def begin(event: Event, name: str, ids: Sequence[int], order: Order) -> BulkAct:
    """Carries an act out on registrations of the event by id; of more than 500 the worker does. Raises RuleError."""
    if event.status is EventStatus.CANCELLED and name not in ("tag", "untag"):
        raise RuleError(_("This event was cancelled."))
    act = BulkAct(
        event_id=event.id,
        act=name,
        choice=order.choice,
        reason=order.reason,
        state=ActState.QUEUED,
        ids=sorted(ids),
        done=[],
        became={},
        refused={},
        made_at=order.at,
        made_by=order.by.actor_name,
        made_by_id=order.by.actor_id,
    )
    db.session.add(act)
    db.session.flush()
    if len(act.ids) > AT_ONCE:
        after_commit(lambda: enqueue("registrations.bulk", act.id))
    else:
        while not step(event, act, by=order.by, at=order.at):
            pass
    return act


def step(event: Event, act: BulkAct, *, by: Actor, at: datetime) -> bool:
    """Carries the next portion out, in the caller's transaction. Returns whether that was the last.

    Under the lock of the event's pool: a second worker finds the portion done.
    """
    if not _still(event, act, ActState.QUEUED):
        return True
    portion = act.ids[act.reached : act.reached + PORTION]
    # Who has gone along with somebody chosen before is done.
    done = {id_ for id_, _old in act.done}
    chosen = _chosen(event, [id_ for id_ in portion if id_ not in done])
    found = _carry(act.act, chosen, Order(event, act.choice, act.reason, by, at))
    act.done = [*act.done, *([id_, old] for id_, old in found.done)]
    act.became = _sum(act.became, found.became)
    act.refused = _sum(act.refused, found.refused)
    act.moved_up += found.moved_up
    act.reached += len(portion)
    if act.reached >= len(act.ids):
        act.state = ActState.DONE
        _record("registrations.bulk", act, event, len(act.done), by, at)
    db.session.flush()
    return not act.under_way


def undo(event: Event, act_id: int, *, by: Actor, at: datetime) -> BulkAct:
    """Takes an act back, as far as the world allows it: places may have gone on. Of more than 500 the worker does.

    Raises RuleError if it cannot be undone.
    """
    places.lock([event.pool_id])
    act = queries.act(event, act_id, lock=True)
    why = not_undoable(act, at)
    if why:
        raise RuleError(why)
    act.state, act.undone_at, act.undone_by, act.undone_by_id = ActState.UNDOING, at, by.actor_name, by.actor_id
    # Whoever had a place comes first: else it may go to somebody who only waited for one.
    act.done = sorted(act.done, key=lambda one: one[1] not in HAD_A_PLACE)
    db.session.flush()
    if len(act.done) > AT_ONCE:
        after_commit(lambda: enqueue("registrations.bulk", act.id))
    else:
        while not step_back(event, act, by=by, at=at):
            pass
    return act


def step_back(event: Event, act: BulkAct, *, by: Actor, at: datetime) -> bool:
    """Takes the next portion back, as `step` carries it out."""
    if not _still(event, act, ActState.UNDOING):
        return True
    before = dict(act.done[act.looked_back : act.looked_back + PORTION])
    turns = {id_: turn for turn, id_ in enumerate(before)}
    chosen = sorted(_chosen(event, list(before)), key=lambda registration: turns[registration.id])
    found = ACTS[act.act].undo(chosen, before, Order(event, act.choice, act.reason, by, at))
    act.looked_back += len(before)
    act.taken_back += len(found.done)
    act.kept = _sum(act.kept, found.refused)
    if act.looked_back >= len(act.done):
        act.state = ActState.UNDONE
        _record("registrations.undo_bulk", act, event, act.taken_back, by, at)
    db.session.flush()
    return not act.under_way


def go_on(event: Event, act: BulkAct, *, at: datetime) -> bool:
    """The next portion of an act or of its undo, for whoever has asked for it. Returns whether that was the last."""
    if act.state is ActState.UNDOING:
        return step_back(event, act, by=_actor(act.undone_by, act.undone_by_id), at=at)
    return step(event, act, by=_actor(act.made_by, act.made_by_id), at=at)


def give_up(act: BulkAct, why: str) -> None:
    """Ends an act, or its undo, that a rule forbids by now; whom it has not reached stays as they are."""
    done, total = act.progress
    if act.state is ActState.UNDOING:
        act.kept, act.state = _sum(act.kept, Counter({why: total - done})), ActState.UNDONE
    else:
        act.refused, act.state = _sum(act.refused, Counter({why: total - done})), ActState.DONE
    db.session.flush()


def not_undoable(act: BulkAct, at: datetime) -> str:
    """Why an act cannot be taken back; empty if it can."""
    if act.state in (ActState.UNDOING, ActState.UNDONE):
        return _("This was undone already.")
    if act.state is ActState.QUEUED:
        return _("This is not done yet.")
    if not act.done:
        return _("This cannot be undone.")
    if at > act.made_at + UNDO_WITHIN:
        return _("This can be undone for a day. That time is over.")
    return ""


def _actor(name: str, user_id: int | None) -> Actor:
    return ActorOf(name, user_id) if user_id is not None else NamedActor(name)


def _still(event: Event, act: BulkAct, state: ActState) -> bool:
    """Whether the act is still in that state, under the locks."""
    places.lock([event.pool_id])
    db.session.refresh(act, with_for_update=True)
    return act.state is state


def _carry(name: str, chosen: Sequence[Registration], order: Order) -> Outcome:
    act = ACTS[name]
    fitting = [registration for registration in chosen if registration.status in act.fits]
    found = act.carry(fitting, order) if fitting else Outcome()
    if rest := len(chosen) - len(fitting):
        found.refused[_("In another state by now")] += rest
    return found


def _chosen(event: Event, ids: Sequence[int]) -> Sequence[Registration]:
    return registrations.chosen(STAFF, event, ids)


def _sum(one: dict[str, int], other: Counter[str]) -> dict[str, int]:
    return dict(Counter(one) + other)


def _record(action: str, act: BulkAct, event: Event, people: int, by: Actor, at: datetime) -> None:
    """The act as a whole; each registration has its own entry besides."""
    record(
        action,
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"act": act.act, "people": people, "reason": act.reason},
    )
