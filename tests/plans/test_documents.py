"""A version of a plan on paper: all that was signed and who signed it, for both teams and for auditors."""

import json
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.lifecycle import erasing
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.content.editing import LINES
from eventapp.plans.documents import drawing
from eventapp.plans.documents.texts import BOX, BREAK, soft, texts
from eventapp.plans.models import (
    Direction,
    FundRequest,
    Initiative,
    PlanDelegation,
    PlanKind,
    PlanSignature,
    PlanVersion,
    SectionState,
    Side,
    SignatureState,
    TargetAccount,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.permissions import Standing
from eventapp.plans.signing import service
from eventapp.plans.signing.canonical import digest
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient
from tests.support.plan_rows import fill_sections
from tests.support.plans import Made


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


def signed_in(app: Flask, user: Any) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the documents that are drawn show."""
    found: list[dict[str, Any]] = []
    draw = drawing.typeset

    def typeset(name: str, data: dict[str, Any]) -> bytes:
        found.append(data)
        return draw(name, data)

    monkeypatch.setattr(drawing, "typeset", typeset)
    return found


def frozen(made: Made, at: Any = AT) -> PlanVersion:
    """Everything agreed, both owners ready."""
    return plans.in_signature(plans.to_sign(made, objectives=0), at)


def path_of(made: Made, version: PlanVersion) -> str:
    return f"{made.path}versions/{version.id}/pdf"


def shown(data: dict[str, Any]) -> str:
    """All words of a document, without the places to break."""
    return "\n".join(texts(data)).replace(BREAK, "")


class TestWhoGetsIt:
    """Both teams and auditors; nobody else learns that it is there."""

    def test_teams_and_auditors(self, app: Flask, made: Made, clock: Any) -> None:
        plans.objective(made, weight=34)
        plans.objective(made, weight=33)
        plans.objective(made, weight=33)
        version = frozen(made)
        path = path_of(made, version)
        for user in (*made.logins.values(), factories.user(None, Role.AUDITOR)):
            answer = signed_in(app, user).get(path)
            assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
            assert answer.data.startswith(b"%PDF-")
            assert answer.headers["Content-Disposition"] == f'attachment; filename="{made.plan.code}_1.0.pdf"'
            assert "no-store" in answer.headers["Cache-Control"]
        assert path in signed_in(app, made.owner_b).get(f"{made.path}versions/{version.id}").text
        stranger = plans.plan(whole_teams=False)
        for user in (stranger.owner_b, stranger.owner_a, factories.user(None, Role.ORGANIZER)):
            assert signed_in(app, user).get(path).status_code == 404
        assert signed_in(app, stranger.owner_b).get(f"{stranger.path}versions/{version.id}/pdf").status_code == 404

    def test_confidential_accounts_are_left_out_for_whoever_may_not_read_them(
        self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]]
    ) -> None:
        fill_sections(made, objectives=4, rows=8)
        account = db.session.scalars(select(TargetAccount)).one()
        account.customer, account.confidential = "Secret Bank", True
        made.team[Side.A, F.SALES].signatory = True
        marketing = factories.user()
        person = factories.person(made.company, "Max", "Markt", user=marketing)
        plans.teams.join(made.plan, plans.Candidate("Max Markt", person_id=person.id), F.MARKETING, by=TESTS, at=AT)
        version = frozen(made)
        assert signed_in(app, marketing).get(path_of(made, version)).status_code == 200
        assert client_of(app, made, Side.B).get(path_of(made, version)).status_code == 200
        his, hers = map(shown, drawn)
        assert "Secret Bank" not in his
        assert "Confidential account" in his
        assert "leaves out confidential accounts" in his
        assert "Secret Bank" in hers
        assert "leaves out" not in hers


class TestWhatStandsInIt:
    """Everything that was signed, from what was frozen."""

    def test_every_text_that_was_signed(self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]]) -> None:
        fill_sections(made, objectives=4, rows=8)
        planted = self.plant(made)
        made.plan.summary = "zzsummary"
        text = plans.section(made, "strategy")
        text.text, text.state = "zztext **zzbold**", SectionState.AGREED
        made.plan.small_reason, made.plan.small_at = "zzsmall", AT
        sponsor, sales = made.team[Side.B, F.EXEC_SPONSOR], made.team[Side.B, F.SALES]
        delegation = {"sponsor_id": sponsor.id, "delegate_id": sales.id, "text": "zzdelegation"}
        db.session.add(PlanDelegation(plan_id=made.plan.id, given_at=AT, **delegation))
        version = frozen(made)
        assert client_of(app, made, Side.B).get(path_of(made, version)).status_code == 200
        words = shown(drawn[0])
        missing = [word for word in (*planted, "zzsummary", "zztext", "zzbold", "zzsmall", "zzdelegation") if word not in words]
        assert not missing
        assert version.content_hash in words
        assert f"{made.plan.code} · Version 1.0" in words
        assert all(one.name in words for one in made.team.values())
        assert all(one["title"] in words for one in json.loads(version.content)["sections"])
        assert "€1,234,567.89" in words

    def test_no_title_that_nobody_signed(self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]]) -> None:
        fill_sections(made, objectives=4, rows=0)
        version = frozen(made)
        plans.sign_all(made, version)
        typed = {"title": "zzExclusive: vendor pays"}
        how = {"standing": plans.standing(made, Side.B), "by": TESTS, "at": AT}
        editing.change(made.plan, None, made.plan, typed, base=made.plan.version, **how)
        factories.commit()
        assert client_of(app, made, Side.B).get(path_of(made, version)).status_code == 200
        assert "zzExclusive" not in shown(drawn[0])
        assert made.plan.code in shown(drawn[0])
        assert digest(version.content) == version.content_hash

    def plant(self, made: Made) -> list[str]:
        """A word of its own in every text that is signed."""
        planted: list[str] = []
        for model in LINES.values():
            for row in db.session.scalars(select(model).where(model.plan_id == made.plan.id)).all():
                for name in model.fields:
                    # Choices are texts as well, but of a type of their own.
                    if name not in {*model.unsigned, "country_code"} and type(getattr(row, name)) is str:
                        planted.append(f"zz{len(planted)}zz")
                        setattr(row, name, planted[-1])
        factories.commit()
        assert len(planted) > 25
        return planted

    def test_it_says_what_was_frozen_and_not_what_was_written_since(
        self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]]
    ) -> None:
        fill_sections(made, objectives=4, rows=8)
        version = frozen(made)
        db.session.scalars(select(Initiative)).one().name = "Written since"
        factories.commit()
        assert client_of(app, made, Side.A).get(path_of(made, version)).status_code == 200
        assert "Written since" not in shown(drawn[0])
        assert drawn[0]["stamp"] == "In signature"

    def test_initiatives_of_funds_by_name_and_bands(
        self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]]
    ) -> None:
        fill_sections(made, objectives=4, rows=8)
        band = {"direction": Direction.BAND, "band_low": 8, "band_high": 10, "annual": None}
        row = queries.objectives(made.plan)[0]
        for name, value in {**band, **{f"q{n}": None for n in range(1, 5)}}.items():
            setattr(row, name, value)
        db.session.scalars(select(FundRequest)).one().initiative_id = db.session.scalars(select(Initiative.id)).one()
        version = frozen(made)
        client_of(app, made, Side.A).get(path_of(made, version))
        funds = next(one for one in drawn[0]["sections"] if one["title"] == "Market development funds")
        assert funds["table"]["rows"][0][0]["sub"] == ["Initiative: Together initiative 1"]
        card = next(one for one in drawn[0]["sections"] if one["cards"])["cards"][0]
        assert (card["head"], card["cells"]) == (["Weight", "No less than", "No more than"], ["25", "€8.00", "€10.00"])

    def test_who_has_signed_declined_and_not_signed(
        self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]]
    ) -> None:
        for n in range(4):
            plans.objective(made, f"O{n}", weight=25)
        sponsor, sales = made.team[Side.B, F.EXEC_SPONSOR], made.team[Side.B, F.SALES]
        given = {"sponsor_id": sponsor.id, "delegate_id": sales.id, "text": "On leave", "given_at": AT}
        db.session.add(PlanDelegation(plan_id=made.plan.id, **given))
        marketing = factories.person(made.company, "Max", "Markt")
        candidate = plans.Candidate("Max Markt", person_id=marketing.id)
        plans.teams.join(made.plan, candidate, F.MARKETING, signatory=True, by=TESTS, at=AT)
        version = frozen(made)
        plans.sign_all(made, version, but=2)
        last = Standing(next(one for one in queries.team(made.plan) if one.function is F.MARKETING))
        service.decline(made.plan, version, "Not yet", standing=last, by=TESTS, at=NOW)
        factories.commit()
        client_of(app, made, Side.A).get(path_of(made, version))
        vendor, partner = (
            {row[0]["text"]: [row[0]["sub"], *(cell["text"] for cell in row[1:]), row[4]["sub"]] for row in side["table"]["rows"]}
            for side in drawn[0]["signatures"]
        )
        owner, unsigned = made.team[Side.A, F.OWNER].name, made.team[Side.B, F.OWNER].name
        assert vendor[owner] == [[], "Plan owner", owner, "2027-01-10 08:00:00", "Superseded", []]
        assert partner[unsigned] == [[], "Plan owner", "", "", "Not signed", []]
        assert partner[sales.name][0] == [f"for {sponsor.name}, by delegation"]
        assert partner["Max Markt"] == [[], "Marketing", "", "2027-01-20 09:00:00", "Declined", ["Not yet"]]
        assert (len(vendor), len(partner)) == (3, 3)
        states = set(db.session.scalars(select(PlanSignature.state)))
        assert states == {SignatureState.SUPERSEDED, SignatureState.DECLINED}

    def test_an_erased_person_has_no_name_any_more(self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]]) -> None:
        for n in range(4):
            plans.objective(made, f"O{n}", weight=25)
        version = frozen(made)
        plans.sign_all(made, version)
        sales = made.team[Side.B, F.SALES]
        name, person_id = sales.name, sales.person_id
        assert person_id is not None
        client = client_of(app, made, Side.A)
        client.get(path_of(made, version))
        assert name in shown(drawn[0])
        erasing.erase(person_id, by=TESTS, now=NOW)
        factories.commit()
        assert client.get(path_of(made, version)).status_code == 200
        assert name not in shown(drawn[1])
        rows = drawn[1]["signatures"][1]["table"]["rows"]
        assert ["Erased person", "Erased person"] in [[row[0]["text"], row[2]["text"]] for row in rows]

    def test_a_version_of_nothing(self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]]) -> None:
        ids = plans.fill(plans.plan(made.company, PlanKind.ALLIANCE, owner_b=made.owner_b))
        version = db.session.get_one(PlanVersion, ids["plan_version_id"])
        code = db.session.scalars(select(queries.Plan.code).where(queries.Plan.id == version.plan_id)).one()
        answer = signed_in(app, made.owner_b).get(f"/plans/{code}/versions/{version.id}/pdf")
        assert answer.status_code == 200
        assert "Nothing stands here." in shown(drawn[0])


class TestHostileAndLong:
    """Whatever people write is text; what cannot be printed is said; a full plan is quick."""

    @pytest.mark.parametrize(
        "word",
        [
            '#read("/etc/passwd")',
            "$ x + #panic()",
            "=HYPERLINK(1)",
            "<b>x</b> &amp;",
            "x" * 300,
            "شركة محمد للتجارة",
            "中文 測試 公司",
            "e\u0301\u0657\u4e2d",
            "a\tb\u2028c",
            "👩‍👩‍👧 ok",
        ],
    )
    def test_texts_of_any_kind(self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]], word: str) -> None:
        fill_sections(made, objectives=4, rows=8, word=word[:60])
        text = plans.section(made, "strategy")
        text.text = f"{word}\n\n- {word}\n\n|a|\n|-|\n|{word}|\n\n[{word}](javascript:alert(1))\n\n![x](https://e.example/p.png)"
        made.plan.summary, made.plan.title = word, word[:150]
        version = frozen(made)
        answer = client_of(app, made, Side.B).get(path_of(made, version))
        assert answer.status_code == 200
        assert answer.data.startswith(b"%PDF-")
        words = shown(drawn[0])
        assert ("No font at hand prints" in words) == (word[0] in "中👩" or "中" in word)
        assert b"javascript:" not in answer.data

    def test_what_no_font_prints_is_a_box_and_named(
        self, app: Flask, made: Made, clock: Any, drawn: list[dict[str, Any]]
    ) -> None:
        fill_sections(made, objectives=4, rows=0, word="中")
        version = frozen(made)
        client_of(app, made, Side.B).get(path_of(made, version))
        assert f"{BOX}: objective 0" in shown(drawn[0])
        assert "U+4E2D" in drawn[0]["notes"][0]

    def test_deep_and_wide_markdown(self, app: Flask, made: Made, clock: Any) -> None:
        fill_sections(made, objectives=4, rows=0)
        text = plans.section(made, "strategy")
        version = None
        text.text = (
            ">" * 1000 + "a\n\n" + "- " * 500 + "b\n\n" + "*a **b " * 500 + "\n\n" + "|a" * 300 + "|\n" + "|-" * 300 + "|\n"
        )
        version = frozen(made)
        assert client_of(app, made, Side.B).get(path_of(made, version)).status_code == 200

    def test_places_to_break_change_no_letter(self) -> None:
        assert soft("short words stay") == "short words stay"
        long = "Donaudampfschifffahrtsgesellschaft"
        assert BREAK in soft(long)
        assert soft(long).replace(BREAK, "") == long
        assert soft("€999,999,999,999.99") == "€999,999,999,999.99"

    def test_a_full_plan_in_a_few_seconds_and_as_few_queries(
        self, app: Flask, made: Made, clock: Any, count_queries: Any, drawn: list[dict[str, Any]]
    ) -> None:
        fill_sections(made, objectives=10, rows=100)
        version = frozen(made)
        client = client_of(app, made, Side.B)
        began = time.perf_counter()
        with count_queries() as found:
            assert client.get(path_of(made, version)).status_code == 200
        assert time.perf_counter() - began < 5
        rows = sum(len(one["table"]["rows"]) + len(one["cards"]) for one in drawn[0]["sections"])
        assert rows == 110
        few = plans.plan()
        fill_sections(few, objectives=4, rows=8)
        small = frozen(few)
        client = client_of(app, few, Side.B)
        with count_queries() as fewer:
            assert client.get(path_of(few, small)).status_code == 200
        assert len(fewer) == len(found) <= 12
