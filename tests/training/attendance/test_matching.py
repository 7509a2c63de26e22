"""Whose a line is: by token, address, name in any order and spelling; suggestions for the rest."""

import pytest

from eventapp.training.attendance.matching import Enrolled, Found, Roster, key_of, plain, token_in
from eventapp.training.models import MatchedRow

PEOPLE = [
    Enrolled(1, "Nicolò De Luca", addresses=frozenset({"nicolo.deluca@colle.example"}), tokens=frozenset({"ABCD2345EFGH"})),
    Enrolled(2, "Maarten van 't Hof", names=("M. van 't Hof",), addresses=frozenset({"m@kop.example", "maarten@kop.example"})),
    Enrolled(3, "Íñigo García López"),
    Enrolled(4, "Jan Çelik"),
    Enrolled(5, "Jan Celik"),
    Enrolled(6, "Marta Quist"),
]
ROSTER = Roster(PEOPLE, {("12 43", ""): 3, ("gone", ""): 99})


@pytest.mark.parametrize(
    ("name", "enrolment"),
    [
        ("Nicolò De Luca", 1),
        ("de luca, nicolo (Guest)", 1),
        ("De Luca, Nicolò [External] (Unverified)", 1),
        ("van 't Hof, Maarten", 2),
        ("MAARTEN VAN T HOF", 2),
        ("García López, Íñigo", 3),
        ("Garci\u0301a Lo\u0301pez I\u0301n\u0303igo", 3),
        ("Jan Çelik", None),
        ("Nicolò iPad", None),
        ("", None),
        ("(Guest)", None),
        ("Marta Q. (Guest)", None),
    ],
)
def test_names_in_any_order_and_spelling(name: str, enrolment: int | None) -> None:
    found = ROSTER.by_name(name)
    assert (found.enrolment_id if found else None) == enrolment
    assert found is None or found.how is MatchedRow.NAME


def test_a_token_goes_before_the_address_and_that_before_the_name() -> None:
    assert ROSTER.by_address("ABCD2345EFGH", "m@kop.example") == Found(1, MatchedRow.TOKEN)
    assert ROSTER.by_address("unknown", "MAARTEN@kop.example") == Found(2, MatchedRow.ADDRESS)
    assert ROSTER.by_address("", "") is None


def test_what_was_decided_before_is_decided_again() -> None:
    assert ROSTER.by_name("+43 ***** **12") == Found(3, MatchedRow.HAND)
    assert ROSTER.by_name("gone") is None, "whoever is not enrolled any more"


@pytest.mark.parametrize(
    ("name", "address", "first"),
    [("Nicolò iPad", "", 1), ("Marta Q. (Guest)", "", 6), ("iPad", "quist77@freemail.example", 6), ("Martha Quist", "", 6)],
)
def test_suggestions(name: str, address: str, first: int) -> None:
    assert ROSTER.suggest(name, address)[0].enrolment_id == first


def test_nobody_is_suggested_for_what_is_like_nobody() -> None:
    assert ROSTER.suggest("+43 ***** **12") == []
    assert ROSTER.suggest("") == []
    assert Roster([]).suggest("Ada") == []


@pytest.mark.parametrize(
    ("cell", "token"),
    [
        ("https://events.test/join/abcd.efgh_-9=/", "abcd.efgh_-9="),
        ("ABCD2345EFGH", "ABCD2345EFGH"),
        ("", ""),
        ("no token", ""),
        ("https://x.example/join/abcdefgh?from=mail", "abcdefgh"),
    ],
)
def test_tokens_out_of_cells(cell: str, token: str) -> None:
    assert token_in(cell) == token


def test_remarks_and_keys() -> None:
    assert plain("Marco Caruso (Guest)") == "Marco Caruso"
    assert key_of("Straße, Ärni") == key_of("arni STRASSE")
