"""Groups, orders and offers: who waits how, and who moves up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as listening
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.places import queries, service
from eventapp.places.models import Booking, BookingState, Order, Pool
from eventapp.places.queries import Standing
from eventapp.places.service import Wish
from tests.places.test_service import AT, HELD, RELEASED, WAITING, book, pool, states

OFFERED = BookingState.OFFERED
LATER = AT + timedelta(days=1)


def settled() -> bool:
    """Commits; whether the engine's own examination finds nothing."""
    db.session.commit()
    return [*queries.miscounts(), *queries.idle(), *queries.astray(), *queries.torn()] == []


def group(*pools: int, size: int = 3, minute: int = 1) -> list[Booking]:
    """So many people who only come together."""
    return book(*[Wish(pools, group=1) for _n in range(size)], minute=minute)


# Groups


def test_a_group_waits_as_a_whole_though_some_would_fit(app: Flask) -> None:
    places = pool(3)
    (one,) = book(Wish((places,)))
    three = group(places)
    assert states(one, *three) == [HELD, WAITING, WAITING, WAITING]
    assert {b.group_id for b in three} == {three[0].id}
    assert service.release([one]) == three
    assert settled()


def test_a_group_that_fits_comes_at_once(app: Flask) -> None:
    places = pool(3)
    assert states(*group(places)) == [HELD] * 3
    assert db.session.get_one(Pool, places).taken == 3


def test_who_only_happens_to_be_alone_in_a_group_has_none(app: Flask) -> None:
    assert book(Wish((pool(1),), group=5))[0].group_id is None


def test_those_without_a_group_come_as_many_as_fit(app: Flask) -> None:
    places = pool(3)
    bookings = book(Wish((places,), group=1), Wish((places,)), Wish((places,), group=1), Wish((places,)))
    assert states(*bookings) == [HELD, HELD, HELD, WAITING]


def test_a_group_waits_where_only_one_of_it_finds_no_room(app: Flask) -> None:
    event, hall, online = pool(9), pool(1), pool(None)
    (holder,) = book(Wish((event, hall)))
    here, there = book(Wish((event, hall), group=1), Wish((event, online), group=1))
    assert {here.waiting_for_id, there.waiting_for_id} == {hall}
    assert queries.positions([here.id, there.id]) == {here.id: 1, there.id: 2}
    assert service.release([holder]) == [here, there]
    assert settled()


def test_the_rest_of_a_group_goes_on_when_one_leaves(app: Flask) -> None:
    places = pool(2)
    (one,) = book(Wish((places,)))
    first, second, third = group(places)
    assert service.release([first]) == []
    assert states(second, third) == [WAITING, WAITING]
    assert {second.group_id, third.group_id} == {first.id}
    assert service.release([one]) == [second, third]
    assert settled()


def test_whoever_held_up_the_group_leaves_and_the_rest_fits(app: Flask) -> None:
    """The one in the hall was why all waited for the hall; the others need none of it, and it is still full."""
    event, hall, online = pool(9), pool(1), pool(None)
    book(Wish((event, hall)))
    here, there, too = book(Wish((event, hall), group=1), *[Wish((event, online), group=1)] * 2)
    assert service.release([here]) == [there, too]
    assert settled()


def test_a_group_that_fits_in_no_more_is_split_by_hand(app: Flask) -> None:
    places = pool(3)
    bookings = [*book(Wish((places,))), *group(places, size=4)]
    assert service.set_capacity(places, 3) == []
    assert service.split(bookings[1:]) == bookings[1:3]
    assert states(*bookings) == [HELD, HELD, HELD, WAITING, WAITING]
    assert settled()


def test_whoever_is_split_off_need_not_wait_for_the_others_pool(app: Flask) -> None:
    event, hall, online = pool(9), pool(0), pool(None)
    here, there = book(Wish((event, hall), group=1), Wish((event, online), group=1))
    assert service.split([there]) == [there]
    assert states(here, there) == [WAITING, HELD]
    assert settled()


def test_two_groups_and_one_alone_stand_in_the_order_in_which_they_were_named(app: Flask) -> None:
    places = pool(0)
    a, b, alone, c, d = book(*[Wish((places,), group=g) for g in (1, 2, None, 1, 2)])
    assert queries.positions(x.id for x in (a, b, alone, c, d)) == {a.id: 1, c.id: 2, b.id: 3, d.id: 4, alone.id: 5}
    assert service.set_capacity(places, 3) == [a, c]  # the second group does not fit, and holds back the one behind it
    assert settled()


@pytest.mark.parametrize("keep_turn", [True, False])
def test_coming_back_to_a_group_that_waits(app: Flask, keep_turn: bool) -> None:
    places = pool(2)
    (one,) = book(Wish((places,)))
    first, second, third = group(places)
    service.release([second])
    assert service.rebook(second, at=LATER, keep_turn=keep_turn) == []
    assert second.group_id == (first.id if keep_turn else None)
    assert service.release([one]) == ([] if keep_turn else [first, third])
    assert settled()


def test_an_old_turn_before_a_group_that_does_not_fit_finds_its_place(app: Flask) -> None:
    places = pool(3)
    (one,) = book(Wish((places,)))
    service.release([one])
    book(Wish((places,), 2), minute=1)
    group(places, minute=2)
    assert service.rebook(one, at=LATER, keep_turn=True) == []
    assert states(one) == [HELD]
    assert settled()


# Orders


def test_the_round_robin_goes_to_whoever_has_least(app: Flask) -> None:
    places = pool(3)
    held = book(*[Wish((places,), party=1)] * 2, Wish((places,), party=2))
    big = book(*[Wish((places,), party=1)] * 3, minute=1)
    small = book(*[Wish((places,), party=2)] * 2, Wish((places,), party=3), minute=2)
    assert service.set_order(places, Order.ROUND_ROBIN) == []
    in_order = [small[2], small[0], big[0], small[1], big[1], big[2]]
    expected = {b.id: Standing(places, n, 6, Order.ROUND_ROBIN) for n, b in enumerate(in_order, 1)}
    assert queries.standings(expected) == expected
    assert service.set_capacity(places, 4) == in_order[:1]
    assert service.set_capacity(places, 6) == in_order[1:3]
    assert service.set_capacity(places, 9) == in_order[3:]
    assert states(*held) == [HELD] * 3
    assert settled()


def test_the_round_robin_counts_what_a_party_holds_now(app: Flask) -> None:
    places = pool(2)
    ones, two = book(Wish((places,), party=1), Wish((places,), party=2))
    again, other = book(Wish((places,), party=2), Wish((places,), party=1), minute=1)
    service.set_order(places, Order.ROUND_ROBIN)
    assert service.release([ones]) == [other]  # party 1 has none left, party 2 has one
    assert service.release([two]) == [again]
    assert settled()


def test_nobodys_bookings_are_of_one_party(app: Flask) -> None:
    places = pool(1)
    (one,) = book(Wish((places,)))
    first, of_party = book(Wish((places,)), Wish((places,), party=1), minute=1)
    service.set_order(places, Order.ROUND_ROBIN)
    assert queries.positions([first.id, of_party.id]) == {of_party.id: 1, first.id: 2}
    assert service.set_capacity(places, 2) == [of_party]
    assert settled()
    assert states(one) == [HELD]


def test_by_rank_the_lower_rank_is_first_then_the_older_turn(app: Flask) -> None:
    places = pool(0)
    service.set_order(places, Order.BY_RANK)
    low = book(*[Wish((places,), rank=2)] * 2)
    high = book(Wish((places,), rank=1), minute=1)
    assert queries.positions(b.id for b in (*low, *high)) == {high[0].id: 1, low[0].id: 2, low[1].id: 3}
    assert service.set_capacity(places, 2) == [high[0], low[0]]
    assert settled()


def test_a_draw_gives_ranks_and_groups_stand_at_their_best(app: Flask) -> None:
    places = pool(0)
    service.set_order(places, Order.BY_RANK)
    alone, other = book(*[Wish((places,))] * 2)
    three = group(places)
    assert service.set_rank({alone.id: 2, other.id: 4, three[0].id: 5, three[1].id: 1, three[2].id: 3}) == []
    assert {b.rank for b in three} == {1}
    assert service.set_capacity(places, 4) == [*three, alone]
    assert settled()


def test_ranks_that_let_somebody_pass_a_group_let_them_in(app: Flask) -> None:
    places = pool(2)
    service.set_order(places, Order.BY_RANK)
    book(Wish((places,)))
    three, late = group(places), book(Wish((places,)), minute=2)
    assert states(*late) == [WAITING]
    assert service.set_rank({late[0].id: -1}) == late
    assert states(*three) == [WAITING] * 3
    assert settled()


def test_a_newcomer_whom_the_order_puts_first_need_not_wait_behind_a_group_that_does_not_fit(app: Flask) -> None:
    ranked, turns = pool(2), pool(2)
    for places, order in ((ranked, Order.BY_RANK), (turns, Order.ROUND_ROBIN)):
        service.set_order(places, order)
        book(Wish((places,), party=1))
        book(*[Wish((places,), rank=5, party=1, group=1)] * 2, minute=1)
    worse, better = book(Wish((ranked,), rank=6, party=2), Wish((ranked,), rank=4, party=2), minute=2)
    assert states(worse, better) == [WAITING, HELD]
    again, new = book(Wish((turns,), party=1), Wish((turns,), party=3), minute=2)
    assert states(again, new) == [WAITING, HELD]
    assert settled()


def test_a_party_that_moves_up_elsewhere_gives_its_turn_in_the_round_robin(app: Flask) -> None:
    """Two are free. Party 1's three are first and do not fit; then party 1 gets one by another queue, and party 2 is first."""
    event, quota = pool(2), pool(0)
    service.set_order(event, Order.ROUND_ROBIN)
    (elsewhere,) = book(Wish((event, quota), party=1))
    assert elsewhere.waiting_for_id == quota
    three = book(*[Wish((event,), party=1, group=1)] * 3, minute=1)
    (other,) = book(Wish((event,), party=2), minute=2)
    assert states(*three, other) == [WAITING] * 4
    assert service.set_capacity(quota, 1) == [elsewhere, other]
    assert settled()


def test_changing_the_order_lets_in_who_is_first_now(app: Flask) -> None:
    places = pool(2)
    book(Wish((places,)))
    group(places)
    (single,) = book(Wish((places,), rank=-1), minute=2)
    assert service.set_order(places, Order.BY_RANK) == [single]
    assert settled()


def test_promoting_looks_at_the_front_of_the_queue_only(app: Flask) -> None:
    """With two thousand who wait, as many statements as with two, and no more bookings read."""
    found = {}
    for many in (2, 2000):
        for order in Order:
            places = pool(1)
            service.set_order(places, order)
            (one,) = book(Wish((places,), party=1))
            book(*[Wish((places,), party=n % 50, rank=n % 7) for n in range(many)], minute=1)
            db.session.expunge_all()
            loaded: list[object] = []
            sent: list[str] = []
            note = _noting(sent)
            listening.listen(db.engine, "before_cursor_execute", note)
            listening.listen(Booking, "load", lambda target, _context, to=loaded: to.append(target))
            assert len(service.release([db.session.get_one(Booking, one.id)])) == 1
            listening.remove(db.engine, "before_cursor_execute", note)
            found[order, many] = len(sent)
            assert len(loaded) < 5
            db.session.commit()
    for order in Order:
        assert found[order, 2] == found[order, 2000]


def _noting(sent: list[str]) -> Any:
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    return note


# Offers


def test_an_offer_holds_its_place_until_it_is_accepted_or_over(app: Flask) -> None:
    places = pool(1)
    (one,) = book(Wish((places,)))
    first, second = book(*[Wish((places,))] * 2, minute=1)
    service.offer(service.release([one]), LATER)
    assert states(first, second) == [OFFERED, WAITING]
    assert db.session.get_one(Pool, places).taken == 1
    assert (service.lapsed(LATER - timedelta(seconds=1)), service.lapsed(LATER)) == ([], [first])
    service.offer(service.release([first]), LATER)
    assert states(first, second) == [RELEASED, OFFERED]
    assert service.accept([first, second]) == [second]
    assert service.accept([second]) == []
    assert states(second) == [HELD]
    assert second.offered_until is None
    assert service.lapsed(LATER) == []
    assert settled()


def test_an_offer_can_change_its_pool_and_its_size(app: Flask) -> None:
    hall, online = pool(2), pool(3)
    (one,) = book(Wish((hall,)))
    service.offer([one], LATER)
    service.move(one, old=hall, new=online)
    service.resize(one, 3)
    assert (states(one), db.session.get_one(Pool, online).taken) == ([OFFERED], 3)
    assert settled()


def test_only_an_offer_has_a_deadline(app: Flask) -> None:
    book(Wish((pool(1),)))
    for statement in ("state = 'offered'", "offered_until = CURRENT_TIMESTAMP", "rank = NULL"):
        with pytest.raises(IntegrityError):
            db.session.execute(text(f"UPDATE booking SET {statement}"))
        db.session.rollback()


# Sizes


def test_a_smaller_booking_gives_its_places_on(app: Flask) -> None:
    places = pool(4)
    (block,) = book(Wish((places,), 4))
    waiting = book(*[Wish((places,))] * 3, minute=1)
    assert service.resize(block, 2) == waiting[:2]
    assert settled()


def test_a_larger_booking_needs_room_in_all_pools_and_overtakes_nobody(app: Flask) -> None:
    wide, narrow = pool(9), pool(3)
    (block,) = book(Wish((wide, narrow), 2))
    assert service.resize(block, 3) == []
    for size in (4, 0, -1):
        with pytest.raises(RuleError):
            service.resize(block, size)
    assert settled()
    (waiting,) = book(Wish((narrow,)))
    service.lock([narrow])[narrow].capacity = 9
    with pytest.raises(RuleError):
        service.resize(block, 4)
    service.release([block, waiting])
    with pytest.raises(RuleError):
        service.resize(block, 1)


def test_moments_are_utc(app: Flask) -> None:
    (one,) = book(Wish((pool(1),)))
    service.offer([one], LATER)
    db.session.commit()
    db.session.expire_all()
    assert one.offered_until == LATER
    assert one.offered_until.tzinfo is UTC
    assert isinstance(one.queued_at, datetime)


def test_the_examination_finds_torn_groups_and_strays(app: Flask) -> None:
    places, other = pool(0), pool(0)
    three = group(places)
    db.session.execute(text("UPDATE booking SET waiting_for_id = :p WHERE id = :id"), {"p": other, "id": three[0].id})
    assert list(queries.torn()) == [three[0].id]
    assert list(queries.astray()) == [(three[0].id, other)]
