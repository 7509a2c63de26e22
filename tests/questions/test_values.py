"""What is a good answer: pure functions, also under random text."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventapp.questions.models import SILENT, UPLOADS, Kind
from eventapp.questions.rules.asked import Asked, Option
from eventapp.questions.rules.values import AnswerError, as_text, read

COUNTRIES = {"AT", "DE"}


def asked(kind: Kind, **values: Any) -> Asked:
    return Asked(1, "key", kind, "Label", **values)


OPTIONS = (Option("a", "Apples"), Option("b", "Pears"), Option("c", "Plums"))


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Kind.TEXT, "  two\x00  words ", "two words"),
        (Kind.LONG_TEXT, "a\r\nb ", "a\nb"),
        (Kind.NUMBER, "12,50", "12.5"),
        (Kind.NUMBER, "−3", "-3"),
        (Kind.NUMBER, "1 000", "1000"),
        (Kind.NUMBER, "-0.0", "0"),
        (Kind.YES_NO, "no", False),
        (Kind.ONE_OF, "b", "b"),
        (Kind.SEVERAL_OF, ["c", "a", "c"], ["a", "c"]),
        (Kind.SEVERAL_OF, [], None),
        (Kind.DATE, "2027-05-18", "2027-05-18"),
        (Kind.TIME, "09:30:00", "09:30"),
        (Kind.MOMENT, "2027-05-18 09:30", "2027-05-18T09:30"),
        (Kind.COUNTRY, "AT", "AT"),
        (Kind.PHONE, "+43 (0)1 234-56 78", "+4312345678"),
        (Kind.PHONE, "0049 89 123456", "+4989123456"),
        (Kind.EMAIL, " Ada@Donau.Example ", "ada@donau.example"),
        (Kind.LINK, "donau.example/a?b=c", "https://donau.example/a?b=c"),
        (Kind.CONSENT, True, True),
        (Kind.CONSENT, False, None),
        (Kind.TEXT, "", None),
    ],
)
def test_good_answers(kind: Kind, raw: Any, value: Any) -> None:
    assert read(asked(kind, options=OPTIONS), raw, countries=COUNTRIES) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.TEXT, "x" * 501),
        (Kind.NUMBER, "1e5"),
        (Kind.NUMBER, "NaN"),
        (Kind.NUMBER, "٣"),
        (Kind.NUMBER, "9" * 40),
        (Kind.YES_NO, "maybe"),
        (Kind.ONE_OF, "gone"),
        (Kind.SEVERAL_OF, ["a", "gone"]),
        (Kind.DATE, "18.05.2027"),
        (Kind.DATE, "0001-01-01"),
        (Kind.TIME, "25:00"),
        (Kind.MOMENT, "2027-05-18T09:30+02:00"),
        (Kind.COUNTRY, "XX"),
        (Kind.PHONE, "0664 1234567"),
        (Kind.PHONE, "+1234567890123456"),
        (Kind.EMAIL, "ada@"),
        (Kind.LINK, "javascript:alert(1)"),
        (Kind.LINK, "https://user:pw@donau.example"),
        (Kind.LINK, "https://donau.example/<b>"),
    ],
)
def test_bad_answers(kind: Kind, raw: Any) -> None:
    with pytest.raises(AnswerError):
        read(asked(kind, options=OPTIONS), raw, countries=COUNTRIES)


def test_bounds() -> None:
    number = asked(Kind.NUMBER, settings={"min": "1", "max": "10"})
    assert read(number, "10") == "10"
    for text in ("0", "10.1"):
        with pytest.raises(AnswerError):
            read(number, text)
    with pytest.raises(AnswerError, match="at most 2"):
        read(asked(Kind.SEVERAL_OF, options=OPTIONS, settings={"most": 2}), ["a", "b", "c"])
    day = asked(Kind.DATE, settings={"min": "2027-05-01", "max": "2027-05-31"})
    with pytest.raises(AnswerError, match="2027-05-31"):
        read(day, "2027-06-01")


def test_answers_in_words() -> None:
    assert as_text(asked(Kind.SEVERAL_OF, options=OPTIONS), ["a", "gone"]) == "Apples; gone"
    assert as_text(asked(Kind.YES_NO), False) == "No"
    assert as_text(asked(Kind.COMPANY), {"id": 3, "name": "Donau"}) == "Donau"
    assert as_text(asked(Kind.TEXT), None) == ""


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(set(Kind) - SILENT - UPLOADS - {Kind.COMPANY})), st.text() | st.lists(st.text()))
def test_anything_typed_is_an_answer_or_refused(kind: Kind, raw: Any) -> None:
    """And what is an answer fits into a database, and is the same answer when it is read again."""
    question = asked(kind, options=OPTIONS)
    try:
        value = read(question, raw, countries=COUNTRIES)
    except AnswerError:
        return
    assert "\x00" not in json.dumps(value)
    assert len(as_text(question, value)) <= 5000
    if value is not None:
        again = ("yes" if value else "no") if isinstance(value, bool) else value
        assert read(question, again, countries=COUNTRIES) == value
