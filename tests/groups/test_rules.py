"""Placing people: rules, reasons, and the proof that no placing has fewer pairs of colleagues."""

import itertools
import time
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventapp.groups.models import RuleKind
from eventapp.groups.rules.checking import Lack, Problem, Why, problems
from eventapp.groups.rules.facts import Binding, Facts, Guest, Seats, fewest_pairs, pairs
from eventapp.groups.rules.placing import place

# People per company at the flagship event: 550 companies, 900 people.
FLAGSHIP = [1] * 330 + [2] * 130 + [3] * 60 + [4] * 20 + [5] * 10


def guests(sizes: list[int], needing: set[int] | None = None) -> list[Guest]:
    """So many people of each company, ids from 1 on, in an order that mixes companies."""
    companies = [f"c{n}" for n, size in enumerate(sizes) for _n in range(size)]
    Random(7).shuffle(companies)
    return [Guest(n, company, n in (needing or set())) for n, company in enumerate(companies, 1)]


def groups(*capacities: int | None, near: int = 0) -> list[Seats]:
    """Groups with these capacities, the first `near` of them near the door."""
    return [Seats(100 + n, capacity, n < near) for n, capacity in enumerate(capacities)]


def lacks(facts: Facts, places: dict[int, int]) -> dict[Lack, Why]:
    return {problem.lack: problem.why for problem in problems(facts, places)}


def within_capacity(facts: Facts, places: dict[int, int]) -> bool:
    sizes = Counter(places.values())
    return all(sizes[group.id] <= group.room for group in facts.groups)


def test_nine_hundred_people_in_thirty_circles() -> None:
    facts = Facts(guests(FLAGSHIP), groups(*[30] * 30))
    began = time.process_time()
    places = place(facts, seed=1)
    assert time.process_time() - began < 2
    assert len(places) == 900
    assert set(Counter(places.values()).values()) == {30}
    assert pairs(places, facts.companies()) == fewest_pairs(facts.companies().values(), 30) == 0
    assert problems(facts, places) == []


def test_the_same_seed_gives_the_same_placing_and_another_one_another() -> None:
    facts = Facts(guests(FLAGSHIP), groups(*[30] * 30))
    assert place(facts, 3) == place(facts, 3)
    assert place(facts, 3) != place(facts, 4)


def test_a_company_larger_than_the_number_of_groups_is_spread_evenly() -> None:
    facts = Facts(guests([35, *[1] * 25]), groups(*[6] * 10))
    places = place(facts, 1)
    # Five groups with four of them, five with three: nobody can do better.
    assert pairs(places, facts.companies()) == fewest_pairs(facts.companies().values(), 10) == 5 * 6 + 5 * 3
    assert lacks(facts, places) == {Lack.MIX: Why.FEW_GROUPS}


def test_sizes_stay_even_where_there_are_more_places_than_people() -> None:
    facts = Facts(guests([2] * 50), groups(*[30] * 10))
    assert set(Counter(place(facts, 1).values()).values()) == {10}


def test_who_is_seated_stays_and_others_go_round_them() -> None:
    everybody = guests([3] * 10)
    seated = {guest.id: 100 for guest in everybody if guest.company in ("c0", "c1")}
    facts = Facts(everybody, groups(*[14] * 3), seated)
    places = place(facts, 1)
    assert {guest: places[guest] for guest in seated} == seated
    assert pairs(places, facts.companies()) == 6
    (found,) = problems(facts, places)
    assert (found.lack, found.why, found.people, found.least) == (Lack.MIX, Why.PINNED, 6, 0)


def test_where_places_are_short_the_first_have_them() -> None:
    facts = Facts(guests([1] * 10), groups(3, 4))
    places = place(facts, 1)
    assert sorted(places) == [1, 2, 3, 4, 5, 6, 7]
    assert problems(facts, places) == [Problem(Lack.PLACES, Why.FULL, 3, 3)]
    assert lacks(Facts(guests([1]), []), {}) == {Lack.PLACES: Why.NO_GROUPS}


def test_access_needs_sit_near_the_door_as_long_as_there_is_room() -> None:
    needing = {2, 5, 7, 9}
    facts = Facts(guests([2] * 10, needing), groups(*[5] * 4, near=1), near_door=True)
    places = place(facts, 1)
    assert {places[guest] for guest in needing} == {100}
    assert Lack.NEAR_DOOR not in lacks(facts, places)
    short = Facts(guests([2] * 10, set(range(1, 8))), groups(*[5] * 4, near=1), near_door=True)
    found = {problem.lack: problem for problem in problems(short, place(short, 1))}[Lack.NEAR_DOOR]
    assert (found.why, found.people, found.least, found.guests) == (Why.FULL, 2, 2, ())
    none = Facts(guests([1] * 4, {1}), groups(2, 2), near_door=True)
    assert lacks(none, place(none, 1)) == {Lack.NEAR_DOOR: Why.NO_GROUPS}


def test_who_comes_together_sits_together_also_with_somebody_seated() -> None:
    rule = Binding(1, RuleKind.TOGETHER, tuple(frozenset({n}) for n in (1, 2, 3)))
    facts = Facts(guests([1] * 12), groups(*[4] * 3), {2: 101}, [rule])
    places = place(facts, 1)
    assert {places[n] for n in (1, 2, 3)} == {101}
    assert problems(facts, places) == []


@pytest.mark.parametrize(
    ("sizes", "seated", "members", "why"),
    [
        ((2, 2, 2), {}, (1, 2, 3), Why.TOO_LARGE),
        ((3, 3), {1: 100, 2: 101}, (1, 2), Why.PINNED),
        ((2, 1), {}, (1, 6), Why.FULL),
    ],
)
def test_together_says_why_it_cannot_hold(
    sizes: tuple[int, ...], seated: dict[int, int], members: tuple[int, ...], why: Why
) -> None:
    rule = Binding(1, RuleKind.TOGETHER, tuple(frozenset({n}) for n in members))
    facts = Facts(guests([1] * 6), groups(*sizes), seated, [rule])
    places = place(facts, 1)
    assert within_capacity(facts, places)
    found = {problem.lack: problem for problem in problems(facts, places)}[Lack.TOGETHER]
    assert (found.why, found.rule, found.guests) == (why, 1, members)


def test_two_companies_are_kept_apart_even_large_ones() -> None:
    everybody = guests([12, 12, *[1] * 16])
    sides = tuple(frozenset(g.id for g in everybody if g.company == name) for name in ("c0", "c1"))
    facts = Facts(everybody, groups(*[10] * 4), rules=[Binding(1, RuleKind.APART, sides)])
    places = place(facts, 1)
    assert len(places) == 40
    assert Lack.APART not in lacks(facts, places)


def test_apart_says_why_it_cannot_hold() -> None:
    people = tuple(frozenset({n}) for n in (1, 2, 3))
    apart = Binding(1, RuleKind.APART, people)
    few = Facts(guests([1] * 6), groups(3, 3), rules=[apart])
    assert lacks(few, place(few, 1)) == {Lack.APART: Why.FEW_GROUPS}
    contrary = Facts(guests([1] * 6), groups(3, 3), rules=[apart, Binding(2, RuleKind.TOGETHER, people[:2])])
    assert lacks(contrary, place(contrary, 1)) == {Lack.APART: Why.CONTRARY}
    pinned = Facts(guests([1] * 6), groups(3, 3, 3), {1: 100, 2: 100, 3: 100}, [apart])
    assert lacks(pinned, place(pinned, 1)) == {Lack.APART: Why.PINNED}


SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=25)


@settings(max_examples=150, deadline=None)
@given(sizes=SIZES, number=st.integers(1, 9), spare=st.integers(0, 6), seed=st.integers(0, 5))
def test_no_fewer_pairs_are_possible_in_groups_of_one_size(sizes: list[int], number: int, spare: int, seed: int) -> None:
    """The bound: each company spread as evenly as can be. It is reached wherever everybody has a place."""
    people = sum(sizes)
    facts = Facts(guests(sizes), groups(*[-(-people // number) + spare] * number))
    places = place(facts, seed)
    assert len(places) == people
    assert within_capacity(facts, places)
    assert pairs(places, facts.companies()) == fewest_pairs(facts.companies().values(), number)


def best(facts: Facts) -> int:
    """The fewest pairs over all ways to seat everybody, tried one by one."""
    companies, ids = facts.companies(), [group.id for group in facts.groups]
    free = [guest.id for guest in facts.guests if guest.id not in facts.seated]
    ways = itertools.product(ids, repeat=len(free))
    seated = ({**facts.seated, **dict(zip(free, way, strict=True))} for way in ways)
    return min(pairs(places, companies) for places in seated if within_capacity(facts, places))


@settings(max_examples=60, deadline=None)
@given(
    companies=st.lists(st.sampled_from("abc"), min_size=1, max_size=7),
    capacities=st.lists(st.integers(1, 4), min_size=2, max_size=3),
    pinned=st.integers(0, 3),
    seed=st.integers(0, 3),
)
def test_no_placing_at_all_has_fewer_pairs_whatever_the_sizes_and_pins(
    companies: list[str], capacities: list[int], pinned: int, seed: int
) -> None:
    everybody = [Guest(n, company) for n, company in enumerate(companies, 1)]
    if sum(capacities) < len(everybody):
        capacities = [*capacities, len(everybody)]
    made = groups(*capacities)
    seated: dict[int, int] = {}
    for guest in everybody[:pinned]:
        room = Counter(seated.values())
        seated[guest.id] = next(group.id for group in made if room[group.id] < group.room)
    facts = Facts(everybody, made, seated)
    places = place(facts, seed)
    assert len(places) == len(everybody)
    assert within_capacity(facts, places)
    assert pairs(places, facts.companies()) == best(facts)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_whatever_the_rules_nobody_is_lost_or_doubled_and_every_reason_is_said(data: st.DataObject) -> None:
    sizes = data.draw(SIZES)
    everybody = guests(sizes, data.draw(st.sets(st.integers(1, 20), max_size=5)))
    ids = [guest.id for guest in everybody]
    made = groups(*data.draw(st.lists(st.integers(0, 8), min_size=0, max_size=8)), near=data.draw(st.integers(0, 2)))
    rules = [
        Binding(
            n, data.draw(st.sampled_from(list(RuleKind))), tuple(frozenset({g}) for g in data.draw(st.sets(st.sampled_from(ids))))
        )
        for n in range(data.draw(st.integers(0, 3)))
    ]
    facts = Facts(everybody, made, {}, rules, data.draw(st.booleans()), near_door=True)
    places = place(facts, data.draw(st.integers(0, 9)))
    assert set(places) <= set(ids)
    assert len(places) == min(len(ids), sum(group.room for group in made))
    assert within_capacity(facts, places)
    said = {problem.rule for problem in problems(facts, places)}
    for rule in rules:
        if rule.kind is RuleKind.TOGETHER and len(rule.guests) > 1:
            where = {places.get(guest) for guest in rule.guests}
            assert (len(where) > 1) == (rule.id in said)
