"""Taking and giving back places: one booking at a time, in groups, over several pools."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.places import queries, service
from eventapp.places.models import Booking, BookingState, Pool
from eventapp.places.service import Wish

AT = datetime(2027, 1, 1, tzinfo=UTC)
HELD, WAITING, RELEASED = BookingState.HELD, BookingState.WAITING, BookingState.RELEASED


def pool(capacity: int | None) -> int:
    made = service.new_pool(capacity)
    db.session.commit()
    return made.id


def book(*wishes: Wish, minute: int = 0) -> list[Booking]:
    made = service.book(wishes, at=AT + timedelta(minutes=minute))
    db.session.commit()
    assert queries.miscounts() == []
    return made


def states(*bookings: Booking) -> list[BookingState]:
    db.session.expire_all()
    return [booking.state for booking in bookings]


def test_places_are_given_until_none_is_left(app: Flask) -> None:
    places = pool(2)
    bookings = book(*[Wish((places,))] * 3)
    assert states(*bookings) == [HELD, HELD, WAITING]
    assert bookings[2].waiting_for_id == places
    assert db.session.get_one(Pool, places).taken == 2
    assert queries.positions(b.id for b in bookings) == {bookings[2].id: 1}


def test_no_capacity_is_no_limit(app: Flask) -> None:
    places = pool(None)
    assert states(*book(*[Wish((places,))] * 30)) == [HELD] * 30
    assert db.session.get_one(Pool, places).free is None


def test_no_place_at_all_lets_everybody_wait(app: Flask) -> None:
    assert states(*book(Wish((pool(0),)))) == [WAITING]


def test_the_first_full_pool_in_the_order_of_the_wish_is_the_reason(app: Flask) -> None:
    event, company = pool(0), pool(0)
    first, second = book(Wish((company, event)), Wish((event, company)))
    assert (first.waiting_for_id, second.waiting_for_id) == (company, event)


def test_all_pools_or_none(app: Flask) -> None:
    wide, narrow = pool(5), pool(1)
    bookings = book(Wish((wide, narrow)), Wish((wide, narrow)))
    assert states(*bookings) == [HELD, WAITING]
    assert (db.session.get_one(Pool, wide).taken, db.session.get_one(Pool, narrow).taken) == (1, 1)


def test_a_group_fits_as_a_whole_or_waits(app: Flask) -> None:
    places = pool(3)
    two, too_many, one = book(Wish((places,), 2), Wish((places,), 2), Wish((places,), 1))
    # The last would fit, but may not overtake the group before it.
    assert states(two, too_many, one) == [HELD, WAITING, WAITING]
    assert queries.positions([too_many.id, one.id]) == {too_many.id: 1, one.id: 2}


def test_a_group_that_does_not_fit_yet_holds_back_those_behind_it(app: Flask) -> None:
    places = pool(4)
    single, triple = book(Wish((places,), 1), Wish((places,), 3))
    group, behind = book(Wish((places,), 3), Wish((places,), 1), minute=1)
    assert service.release([single]) == []
    db.session.commit()
    assert states(group, behind) == [WAITING, WAITING]
    assert service.release([triple]) == [group, behind]
    db.session.commit()
    assert states(group, behind) == [HELD, HELD]
    assert queries.miscounts() == []


def test_somebody_out_of_another_queue_does_not_overtake_an_older_group(app: Flask) -> None:
    """A group waits for the hall, where one place is free; a later single person, let go by the company, may not take it."""
    hall, company = pool(3), pool(1)
    (company_holder,) = book(Wish((company,)))
    book(Wish((hall,), 2))
    (group,) = book(Wish((hall,), 2), minute=1)
    (single,) = book(Wish((company, hall)), minute=2)
    assert states(group, single) == [WAITING, WAITING]
    assert service.release([company_holder]) == []
    db.session.commit()
    assert states(group, single) == [WAITING, WAITING]
    assert single.waiting_for_id == hall
    assert queries.positions([group.id, single.id]) == {group.id: 1, single.id: 2}
    assert queries.miscounts() == []


def test_newcomers_do_not_overtake_those_who_wait(app: Flask) -> None:
    places = pool(1)
    holder, first = book(*[Wish((places,))] * 2)
    pool_row = service.lock([places])[places]
    pool_row.capacity = 2  # room, but nobody was let in yet
    db.session.flush()
    (newcomer,) = service.book([Wish((places,))], at=AT + timedelta(minutes=1))
    assert newcomer.state is WAITING
    assert service.promote({places}) == [first]
    assert states(holder, first, newcomer) == [HELD, HELD, WAITING]


def test_a_freed_place_goes_to_the_first_who_waits(app: Flask) -> None:
    places = pool(1)
    (holder,) = book(Wish((places,)))
    (late,) = book(Wish((places,)), minute=9)
    (early,) = book(Wish((places,)), minute=3)
    assert service.release([holder]) == [early]
    db.session.commit()
    assert states(holder, early, late) == [RELEASED, HELD, WAITING]
    assert queries.positions([early.id, late.id]) == {late.id: 1}
    assert queries.miscounts() == []


def test_at_the_same_moment_the_smaller_id_is_first(app: Flask) -> None:
    places = pool(0)
    a, b, c = book(*[Wish((places,))] * 3)
    assert queries.positions([a.id, b.id, c.id]) == {a.id: 1, b.id: 2, c.id: 3}


def test_whoever_moves_up_in_one_queue_may_have_to_wait_in_another(app: Flask) -> None:
    company, event = pool(1), pool(1)
    (holder,) = book(Wish((company,)))
    (other,) = book(Wish((event,)))
    (waiting,) = book(Wish((company, event)))
    assert waiting.waiting_for_id == company
    assert service.release([holder]) == []
    db.session.commit()
    assert (waiting.state, waiting.waiting_for_id) == (WAITING, event)
    assert service.release([other]) == [waiting]
    db.session.commit()
    assert queries.miscounts() == []


def test_leaving_the_queue_moves_the_others_up(app: Flask) -> None:
    places = pool(1)
    _holder, first, second = book(*[Wish((places,))] * 3)
    assert service.release([first]) == []
    db.session.commit()
    assert queries.positions([second.id]) == {second.id: 1}
    assert db.session.get_one(Pool, places).waiting == 1


def test_releasing_twice_gives_back_once(app: Flask) -> None:
    places = pool(2)
    one, _two = book(*[Wish((places,))] * 2)
    service.release([one, one])
    service.release([one])
    db.session.commit()
    assert db.session.get_one(Pool, places).taken == 1
    assert queries.miscounts() == []


def test_rebooking_takes_a_free_place_again(app: Flask) -> None:
    places = pool(1)
    (one,) = book(Wish((places,)))
    service.release([one])
    service.rebook(one, at=AT, keep_turn=True)
    service.rebook(one, at=AT, keep_turn=True)
    db.session.commit()
    assert states(one) == [HELD]
    assert db.session.get_one(Pool, places).taken == 1


@pytest.mark.parametrize(("keep_turn", "position"), [(True, 1), (False, 2)])
def test_rebooking_without_room_waits_at_the_old_or_a_new_turn(app: Flask, keep_turn: bool, position: int) -> None:
    places = pool(1)
    (one,) = book(Wish((places,)))
    second, third = book(*[Wish((places,))] * 2, minute=1)
    assert service.release([one]) == [second]
    service.rebook(one, at=AT + timedelta(hours=1), keep_turn=keep_turn)
    db.session.commit()
    assert states(one, second, third) == [WAITING, HELD, WAITING]
    assert queries.positions([one.id])[one.id] == position
    assert queries.miscounts() == []


def test_moving_exchanges_one_pool_and_lets_the_next_one_in(app: Flask) -> None:
    hall, online, company = pool(1), pool(1), pool(None)
    (one,) = book(Wish((company, hall)))
    (two,) = book(Wish((company, hall)))
    assert service.move(one, old=hall, new=online) == [two]
    db.session.commit()
    assert [db.session.get_one(Pool, p).taken for p in (hall, online, company)] == [1, 1, 2]
    assert queries.miscounts() == []


def test_moving_into_a_full_pool_is_refused(app: Flask) -> None:
    hall, online = pool(2), pool(1)
    (_other,) = book(Wish((online,)))
    (one,) = book(Wish((hall,)))
    with pytest.raises(RuleError):
        service.move(one, old=hall, new=online)
    db.session.rollback()
    assert queries.miscounts() == []


def test_moving_does_not_overtake_those_who_wait_there(app: Flask) -> None:
    hall, online = pool(2), pool(0)
    book(Wish((online,)))
    (one,) = book(Wish((hall,)))
    service.lock([online])[online].capacity = 1
    with pytest.raises(RuleError):
        service.move(one, old=hall, new=online)


def test_whoever_waits_for_the_old_pool_cannot_be_moved(app: Flask) -> None:
    hall, online = pool(0), pool(1)
    (one,) = book(Wish((hall,)))
    with pytest.raises(RuleError):
        service.move(one, old=hall, new=online)


def test_whoever_waits_elsewhere_takes_the_new_pool_along(app: Flask) -> None:
    hall, online, company = pool(5), pool(5), pool(0)
    (one,) = book(Wish((company, hall)))
    assert service.move(one, old=hall, new=online) == []
    assert service.set_capacity(company, 1) == [one]
    db.session.commit()
    assert [db.session.get_one(Pool, p).taken for p in (hall, online, company)] == [0, 1, 1]
    assert queries.miscounts() == []


def test_raising_a_capacity_lets_people_in_in_their_order(app: Flask) -> None:
    places = pool(1)
    bookings = book(*[Wish((places,))] * 4)
    assert service.set_capacity(places, 3) == bookings[1:3]
    db.session.commit()
    assert states(*bookings) == [HELD, HELD, HELD, WAITING]
    assert service.set_capacity(places, None) == bookings[3:]
    db.session.commit()
    assert queries.miscounts() == []


def test_lowering_below_what_is_taken_is_a_visible_overbooking(app: Flask) -> None:
    places = pool(3)
    bookings = book(*[Wish((places,))] * 3)
    assert service.set_capacity(places, 1) == []
    db.session.commit()
    row = db.session.get_one(Pool, places)
    assert (row.capacity, row.taken, row.overbooked, row.free) == (1, 3, 2, 0)
    (late,) = book(Wish((places,)))
    assert states(late) == [WAITING]
    # The first two who leave only take the overbooking away.
    assert service.release(bookings[:1]) == []
    assert service.release(bookings[1:2]) == []
    assert service.release(bookings[2:]) == [late]
    db.session.commit()
    row = db.session.get_one(Pool, places)
    assert (row.taken, row.overbooked) == (1, 0)
    assert queries.miscounts() == []


def test_the_guard_refuses_what_the_caller_miscounted(app: Flask) -> None:
    """`take` is the guard itself: it does not believe what was read before."""
    places, other = pool(1), pool(5)
    book(Wish((places,)))
    with pytest.raises(RuleError):
        service.take({places: 1, other: 1})
    db.session.rollback()
    assert db.session.get_one(Pool, other).taken == 0


def test_the_database_is_the_last_backstop(app: Flask) -> None:
    places = pool(1)
    book(Wish((places,)))
    for statement in ("taken = 2", "taken = -1", "waiting = -1", "capacity = -1"):
        with pytest.raises(IntegrityError):
            db.session.execute(text(f"UPDATE pool SET {statement} WHERE id = :id"), {"id": places})
        db.session.rollback()


@pytest.mark.parametrize("column", ["taken", "waiting"])
def test_the_recount_finds_a_wrong_counter(app: Flask, column: str) -> None:
    places = pool(5)
    book(Wish((places,)))
    db.session.execute(text(f"UPDATE pool SET {column} = {column} + 1"))
    (wrong,) = queries.miscounts()
    assert (wrong.pool_id, wrong.counted, wrong.counted_waiting) == (places, 1, 0)


@pytest.mark.timeout(30)
def test_a_torn_group_is_reported_and_holds_up_nobody_for_ever(app: Flask) -> None:
    """A constraint keeps such rows out; whoever goes past it must not stop all registrations of an event."""
    places = pool(1)
    one, two, _single = book(Wish((places,), group=1), Wish((places,), group=1), Wish((places,)), minute=1)
    postgres = db.engine.dialect.name == "postgresql"
    past = "ALTER TABLE booking DROP CONSTRAINT ck_booking_waiting_has_pool" if postgres else "PRAGMA ignore_check_constraints=ON"
    db.session.execute(text(past))
    db.session.execute(text("UPDATE booking SET state = 'released' WHERE id IN (:one, :two)"), {"one": one.id, "two": two.id})
    assert service.promote([places]) == []
    assert [(found.pool_id, found.waiting) for found in queries.miscounts()] == [(places, 3)]
