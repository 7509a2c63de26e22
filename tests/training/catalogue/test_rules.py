"""The rules of the catalogue: nobody is sent in a circle, and what people were promised stays."""

import pytest

from eventapp.training.catalogue.rules import Needs, Thing, Way, circle, fixed_field, reachable
from eventapp.training.models import Needed, VersionStatus


def course(id_: int) -> Thing:
    return Thing(False, id_)


def credential(id_: int) -> Thing:
    return Thing(True, id_)


def all_of(*things: Thing) -> Needs:
    return Needs(Needed.ALL, frozenset(things))


def any_of(*things: Thing) -> Needs:
    return Needs(Needed.ANY, frozenset(things))


class TestCircle:
    """A course that needs itself."""

    def test_none(self) -> None:
        assert circle({}, 1) == []
        assert circle({1: all_of(course(2)), 2: all_of(course(3)), 4: all_of(course(1))}, 1) == []

    def test_itself(self) -> None:
        assert circle({1: any_of(course(1), course(2))}, 1) == [1, 1]

    def test_over_others_in_order(self) -> None:
        needs = {1: all_of(course(2)), 2: all_of(course(5), course(3)), 3: any_of(course(4), course(1))}
        assert circle(needs, 1) == [1, 2, 3, 1]

    def test_one_further_on_is_none_of_this_course(self) -> None:
        assert circle({1: all_of(course(2)), 2: all_of(course(3)), 3: all_of(course(2))}, 1) == []


class TestReachable:
    """What somebody can come to who holds nothing."""

    def test_all_and_any(self) -> None:
        needs = {2: all_of(course(1)), 3: all_of(course(2), course(9)), 4: any_of(course(9), course(2)), 9: all_of(course(9))}
        assert reachable([1, 2, 3, 4, 9], needs, {}) == {course(1), course(2), course(4)}

    def test_a_credential_by_required_and_enough_electives(self) -> None:
        way = Way(frozenset({1}), frozenset({2, 3}), 2)
        assert credential(7) in reachable([1, 2, 3], {}, {7: [way]})
        assert credential(7) not in reachable([1, 2, 3], {3: all_of(credential(7))}, {7: [way]})

    def test_a_second_way_for_those_who_hold_it_already(self) -> None:
        first, renewal = Way(frozenset({1}), frozenset(), 0), Way(frozenset({2}), frozenset(), 0)
        needs = {2: all_of(credential(7))}
        assert reachable([1, 2], needs, {7: [first, renewal]}) == {course(1), course(2), credential(7)}
        assert reachable([1, 2], needs, {7: [renewal]}) == {course(1)}

    def test_a_credential_without_a_way_is_given_by_hand(self) -> None:
        assert course(1) in reachable([1], {1: all_of(credential(7))}, {7: []})


@pytest.mark.parametrize(
    ("status", "enrolled", "changed", "fixed"),
    [
        (VersionStatus.DRAFT, True, "pass_mark", None),
        (VersionStatus.CURRENT, False, "pass_mark", None),
        (VersionStatus.CURRENT, True, "pass_mark", "pass_mark"),
        (VersionStatus.CURRENT, True, "validity_months", "validity_months"),
        (VersionStatus.CURRENT, True, "description", None),
        (VersionStatus.RETIRED, False, "description", "description"),
    ],
)
def test_what_people_were_promised_stays(status: VersionStatus, enrolled: bool, changed: str, fixed: str | None) -> None:
    assert fixed_field(status, enrolled, {changed: [1, 2]}) == fixed
    assert fixed_field(status, enrolled, {}) is None
