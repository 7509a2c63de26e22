"""Lists that people paste, and that all problems of a form show at once."""

import pytest

from eventapp.core.db import db
from eventapp.registrations.models import Registration
from eventapp.registrations.pasting import parse_people, unread_words
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import check, summary
from tests.support.pages import PageClient, fields

ADA, BEN, CEM = ("Ada", "Lang", "ada@x.example"), ("Ben", "Moser", "ben@x.example"), ("Cem", "Yıldız", "cem@x.example")


def read(text: str, **more: object) -> list[tuple[str, str, str]]:
    people, unread = parse_people(text, **more)  # type: ignore[arg-type]
    assert unread == []
    return [(p.given_name, p.family_name, p.address) for p in people]


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lang <ada@x.example>, Ben Moser <ben@x.example>; Cem Yıldız <cem@x.example>",
        '"Lang, Ada" <ada@x.example>, "Moser, Ben" <ben@x.example>, "Yıldız, Cem" <cem@x.example>,',
        "Lang, Ada <ada@x.example>; Moser, Ben <ben@x.example>; Yıldız, Cem <cem@x.example>;",
        "Ada Lang <ada@x.example>,\nBen Moser <ben@x.example>; Cem Yıldız <cem@x.example>",
        "Ada\tLang\tTechnik\tada@x.example\nBen\tMoser\tVertrieb\tben@x.example\nCem\tYıldız\t\tcem@x.example",
        "Abteilung;Vorname;Nachname;E-Mail\nA;Ada;Lang;ada@x.example\nB;Ben;Moser;ben@x.example\nC;Cem;Yıldız;cem@x.example",
        "Family name\tGiven name\tMail\nLang\tAda\tada@x.example\nMoser\tBen\tben@x.example\nYıldız\tCem\tcem@x.example",
    ],
)
def test_lists_of_mail_programs_and_spreadsheets(text: str) -> None:
    assert read(text) == [ADA, BEN, CEM]


def test_names_of_several_words_stay_whole() -> None:
    assert read("Ana de la Cruz ana@x.example") == [("Ana", "de la Cruz", "ana@x.example")]
    assert read("Anna\tTab\tTechnik\ta@x.example") == [("Anna", "Tab", "a@x.example")]


def test_an_address_alone_will_do_for_who_is_known_and_where_no_name_is_asked() -> None:
    known = {"ada@x.example": ("Ada", "Lang")}
    assert read("ADA@x.example", known=known) == [ADA]
    assert read("a@x.example, b@x.example; c@x.example", names=False)[2] == ("", "", "c@x.example")
    people, unread = parse_people("ada@x.example; ben@x.example", known=known)
    assert ([p.address for p in people], unread) == (["ada@x.example"], [(1, "ben@x.example")])


def test_what_cannot_be_read_says_how_to_mend_it_and_is_not_cut_short() -> None:
    text = "x" * 70 + " nobody at home"
    assert f"Line 3 cannot be read: {text}. It has no e-mail. Write it like this: Ada Lang" in unread_words(3, text)
    assert "It has no name." in unread_words(1, "ben@x.example")
    assert unread_words(1, "y" * 500).count("y") < 130
    assert " …" in unread_words(1, "y" * 500)


def test_all_problems_show_at_once(petra: PageClient, firm: Firm) -> None:
    event = factories.event()
    factories.registration(event, firm.company, email="ben@donau.example")
    people = [
        ("Dana", "Weiß", "no address"),
        ("Cem", "Yıldız", "cem@donau.example"),
        ("C.", "Yıldız", "CEM@donau.example"),
        ("Ben", "M", "ben@donau.example"),
    ]
    paste = "Eva Klein <eva@donau.example>, Ada Lang <ada@donau.example>\nnobody at home"
    page = check(petra, event, colleagues=[firm.ada.id], people=people, paste=paste)
    assert page.status_code == 422
    told = summary(page)
    for text in (
        "name@company.com",
        "Line 2 cannot be read: nobody at home",
        "stands in this form twice",
        "is registered for this",
    ):
        assert text in told
    assert 'href="#people-2-email"' in told
    assert 'href="#paste">ada@donau.example stands in this form twice.' in told
    kept = fields(page.text)
    assert (kept["people-0-email"], kept["people-2-given_name"]) == ("no address", "C.")
    assert "eva@donau.example" in kept["paste"]
    db.session.rollback()
    assert db.session.query(Registration).count() == 1


def test_good_lines_become_rows_beside_a_row_that_is_wrong(petra: PageClient) -> None:
    event = factories.event()
    page = check(petra, event, people=[("Dana", "Weiß", "no address")], paste="Eva Klein <eva@donau.example>")
    assert page.status_code == 422
    assert 'href="#people-0-email"' in summary(page)
    kept = fields(page.text)
    assert (kept["people-0-email"], kept["people-1-email"], kept["paste"]) == ("no address", "eva@donau.example", "")


def test_who_is_outside_is_counted_where_something_else_is_wrong_too(petra: PageClient, firm: Firm) -> None:
    event = factories.event()
    for n in range(4):
        people = [("A", "B", f"p{n}{m}@other.example") for m in range(5)] + [("C", "D", "no address")]
        paste = "\n".join([*(f"A B <q{n}{m}@other.example>" for m in range(5)), "nobody at home"])
        page = check(petra, event, people=people, paste=paste)
    assert "At most 30 people from outside your company" in summary(page)


def test_a_known_colleague_who_is_pasted_is_not_new(petra: PageClient, firm: Firm) -> None:
    stranger = factories.organisation("Isar Netze AG", domain="isar.example")
    factories.person(stranger, "Known", "Elsewhere", "known@isar.example")
    paste = "Ada Lang <ada@donau.example>\nEva Klein <eva@donau.example>\nKnown Elsewhere <known@isar.example>"
    page = check(petra, factories.event(), paste=paste, foreign_confirmed="y").text
    shown = [row.split("</li>")[0] for row in page.split('class="check-list"')[1].split("<li>")[1:4]]
    assert ["(new)" in row for row in shown] == [False, True, True]
