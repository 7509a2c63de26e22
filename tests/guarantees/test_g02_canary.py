"""G2: a partner never sees another partner.

A word that stands nowhere else is written into every text of the other company: its people, addresses, registrations,
mails, quota and log. Then every route is asked, as the first company's admin, as somebody without a company and without
a login, with the ids of both companies. The word must not come back, and what is not theirs answers like what is not there.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Enum, String, inspect, or_, select

from eventapp.audit.models import AuditEntry
from eventapp.community.models import BuddyPair, Listing, MeetingRequest
from eventapp.core import wall
from eventapp.core.db import db
from eventapp.decisions.ideas.models import Idea, IdeaContributor
from eventapp.decisions.models import (
    Decision,
    DecisionCriterion,
    DecisionEntry,
    DecisionFeedback,
    DecisionOption,
    DecisionRisk,
    DecisionRole,
    Reopening,
)
from eventapp.events.models import CompanyQuota, Mode
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import (
    Alias,
    EmailDomain,
    Identifier,
    Membership,
    Organisation,
    OrganisationWord,
    Person,
    PersonEmail,
    PersonWord,
)
from eventapp.plans.decisions.references import CONTEXTS
from eventapp.plans.models import Plan, PlanSection, SectionKind
from eventapp.questions.models import Question, Scope
from eventapp.questions.rules.asked import Given
from eventapp.registrations import queries
from eventapp.registrations import service as registrations
from eventapp.registrations.answers import service as answering
from eventapp.registrations.answers.models import Answer
from eventapp.registrations.blocks import queries as block_queries
from eventapp.registrations.blocks import service as blocks
from eventapp.registrations.blocks.models import BlockClaim, BlockShare, SeatBlock
from eventapp.registrations.desk import service as desk
from eventapp.registrations.desk.models import Comment, Tag
from eventapp.registrations.invitations.models import Invitation
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED
from eventapp.training.models import Certificate, CourseInterest, Waiver
from tests.conftest import NOW
from tests.guarantees.world import World, browser, csrf, path_of, routes
from tests.support import factories
from tests.support.browsing import enrol
from tests.support.pages import PageClient

CANARY = "zzcanary"
# What programs read and compare; a word in it would only break things.
LEFT_ALONE = {
    "sort_key",
    "token",
    "uid",
    "message_id",
    "time_zone",
    "language",
    "calendar_method",
    "action",
    "object_type",
    "about",
    "kind",
}
# Of plans: what addresses name, and what is compared.
LEFT_ALONE_IN_PLANS = {"code", "key", "currency", "content_hash"}


def mark(world: World) -> int:
    """Writes the canary into every text column of the other company's rows; gives back how many."""
    company = world.theirs.company.id
    people = db.session.scalars(select(Membership.person_id).where(Membership.organisation_id == company)).all()
    addresses = db.session.scalars(select(PersonEmail.address).where(PersonEmail.person_id.in_(people))).all()
    for one in world.mine.registrations:
        desk.comment(one, "x", by=factories.TESTS, at=NOW)
    db.session.add(Alias(organisation_id=company, name="x"))
    db.session.add(Identifier(organisation_id=company, scheme="vat", value="x"))
    db.session.flush()
    answered = answers_of(world)
    rows: list[Any] = [
        *answered,
        *db.session.scalars(select(Organisation).where(Organisation.id == company)),
        *db.session.scalars(select(Person).where(Person.id.in_(people))),
        *db.session.scalars(select(AuditEntry).where(AuditEntry.organisation_id == company)),
        *db.session.scalars(select(OutboxMail).where(OutboxMail.to_address.in_(addresses))),
    ]
    for model in (
        Alias,
        EmailDomain,
        Identifier,
        Membership,
        Registration,
        Invitation,
        CompanyQuota,
        OrganisationWord,
        SeatBlock,
        CourseInterest,
    ):
        rows += db.session.scalars(select(model).where(model.organisation_id == company))
    rows += plan_rows(company)
    rows += decision_rows([world.theirs.names["decision_id"]])
    rows += db.session.scalars(select(Listing).where(Listing.organisation_id == company))
    rows += db.session.scalars(select(MeetingRequest).where(MeetingRequest.from_organisation_id == company))
    rows += db.session.scalars(select(BuddyPair).where(BuddyPair.newcomer_id == company))
    own_ideas = db.session.scalars(select(Idea).where(Idea.organisation_id == company)).all()
    rows += own_ideas
    rows += db.session.scalars(select(IdeaContributor).where(IdeaContributor.idea_id.in_([one.id for one in own_ideas])))
    # What the staff noted is nobody's but the staff's, about our own people as well.
    rows += [*db.session.scalars(select(Comment)), *db.session.scalars(select(Tag))]
    for model in (PersonEmail, PersonWord, Waiver):
        rows += db.session.scalars(select(model).where(model.person_id.in_(people)))
    marked = 0
    for row in rows:
        for column in inspect(type(row)).columns:
            name = column.name
            if not isinstance(column.type, String) or isinstance(column.type, Enum) or column.foreign_keys or name in LEFT_ALONE:
                continue
            if name in LEFT_ALONE_IN_PLANS and column.table.name.startswith("plan"):
                continue
            marked += 1
            length = column.type.length or 500
            text = f"{CANARY}{marked}"
            if name in ("address", "to_address"):
                text = f"{text}@{CANARY}.example"
            elif name == "domain":
                text = f"{CANARY}.example"
            assert len(text) <= length, column
            setattr(row, name, text)
    for certificate in db.session.scalars(select(Certificate).where(Certificate.person_id.in_(people))):
        marked += 1
        certificate.name = f"{CANARY}{marked}"
    for answer in answered:
        answer.value = {"is": answer.text}
    factories.commit()
    return marked


def plan_rows(company: int) -> list[Any]:
    """Every row of the plans with a company."""
    found: list[Any] = list(db.session.scalars(select(Plan).where(Plan.side_b_id == company)))
    ids = [one.id for one in found]
    for mapper in sorted(Plan.registry.mappers, key=lambda one: one.class_.__name__):
        if "plan_id" in mapper.columns:
            found += db.session.scalars(select(mapper.class_).where(mapper.columns["plan_id"].in_(ids)))
    decisions = select(Decision.id).where(Decision.context.in_(CONTEXTS), Decision.context_id.in_(ids))
    found += decision_rows(db.session.scalars(decisions).all())
    # Of other sections than those of text only the rows are the partner's own words.
    return [row for row in found if not isinstance(row, PlanSection) or row.kind is SectionKind.TEXT]


def decision_rows(ids: Sequence[int]) -> list[Any]:
    """Every row of these decisions that holds words."""
    found: list[Any] = list(db.session.scalars(select(Decision).where(Decision.id.in_(ids))))
    for model in (DecisionRole, DecisionOption, DecisionCriterion, DecisionFeedback, DecisionRisk, DecisionEntry, Reopening):
        found += db.session.scalars(select(model).where(model.decision_id.in_(ids)))
    return found


def answers_of(world: World) -> list[Answer]:
    """Answers of the other company: of its group, and of one of its people."""
    event, theirs = world.event, world.theirs
    for question in db.session.scalars(select(Question).where(Question.event_id == event.id, ~Question.archived)):
        given = Given({question.id: "x"}, frozenset({question.id}))
        if question.scope is Scope.GROUP:
            answering.store_group(event, theirs.company, given, by=factories.TESTS, at=NOW)
        else:
            query = select(Registration).options(*LOADED).where(Registration.id == theirs.registrations[0].id)
            answering.store(db.session.scalars(query).one(), given, by=factories.TESTS, at=NOW)
    return list(db.session.scalars(select(Answer)))


def crawl(client: PageClient, app: Flask, world: World, token: str) -> dict[str, str]:
    """Every page, with the ids of both companies and each filter that names a company; forms are sent empty."""
    pages: dict[str, str] = {}
    everything = (
        f"company={world.theirs.names['organisation_id']}&q={CANARY}&sort=name&country=AT&tier=ready&status=waiting&about=event:1"
    )
    for method in ("GET", "POST"):
        for rule in routes(app, method):
            for side in (world.mine, world.theirs):
                if {"token", "code_token"} & rule.arguments and side is world.theirs:
                    continue  # the secret itself is the right to see it
                if rule.endpoint == "security.logout":
                    continue
                for query in ("", everything):
                    path = f"{path_of(world, rule, side)}?{query}"
                    answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
                    pages[f"{method} {path}"] = str(answer.headers) + answer.get_data().decode(errors="replace")
    return pages


def found_in(pages: dict[str, str]) -> list[str]:
    """Where the canary sings. What was searched for is the bare word and may come back."""
    return [name for name, text in pages.items() if re.search(rf"{CANARY}(\d|@|\.)", text)]


def take_the_second_wall_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Postgres the database would keep silent by itself (G4)."""
    monkeypatch.setattr(wall.Wall, "settings", lambda _self: wall.NO_WALL)


@pytest.mark.usefixtures("nothing_is_kept")
def test_the_canary_is_heard_nowhere(app: Flask, world: World, record_property: Callable[[str, object], None]) -> None:
    planted = mark(world)
    assert planted > 60
    organizer = browser(app, world.organizer)
    assert CANARY in organizer.get(path_of(world, _rule(app, "partners_admin.show"), world.theirs)).text, "it is there"
    visitors, crawled = {"company": world.mine.admin, "nobody": world.nobody, "anonymous": None}, 0
    for role, user in visitors.items():
        client = browser(app, user)
        pages = crawl(client, app, world, csrf(client, user))
        assert len(pages) > 200
        assert found_in(pages) == [], role
        crawled += len(pages)
    record_property("size", f"{planted} canaries planted, {crawled:,} pages crawled by {len(visitors)} visitors")


@pytest.mark.usefixtures("nothing_is_kept")
def test_no_other_method_and_no_format_sings(app: Flask, world: World) -> None:
    """Methods that no route names, headers alone, what a file of another kind would be, and parts of a page."""
    mark(world)
    client = browser(app, world.mine.admin)
    kinds = {"Accept": "application/json", "Range": "bytes=0-", "X-Requested-With": "XMLHttpRequest"}
    pages = {}
    for rule in {rule.rule: rule for rule in routes(app, "GET")}.values():
        path = path_of(world, rule, world.mine if {"token", "code_token"} & rule.arguments else world.theirs)
        for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"):
            answer = client.open(path, method=method)
            assert answer.status_code in (405, 400) or method in ("HEAD", "OPTIONS"), (method, path, answer.status_code)
            pages[f"{method} {path}"] = str(answer.headers) + answer.get_data().decode(errors="replace")
        answer = client.get(f"{path}?format=json&page=2&before=1&columns=notes,phone", headers=kinds)
        pages[f"kinds {path}"] = str(answer.headers) + answer.get_data().decode(errors="replace")
    assert found_in(pages) == []


def test_mails_to_a_company_are_silent_about_others(app: Flask, world: World) -> None:
    """Also when somebody of the other company is registered by address, which a host may do for a guest."""
    mark(world)
    stranger = world.theirs.people[2]
    address = db.session.scalars(select(PersonEmail).where(PersonEmail.person_id == stranger.id)).one()
    address.address = "stranger@elsewhere.example"
    factories.commit()
    event = factories.event(slug="second")
    client = browser(app, world.mine.admin)
    enrol(client, event, people=[("Typed", "Name", "stranger@elsewhere.example")], foreign_confirmed="y")
    one = db.session.scalars(select(Registration).where(Registration.event_id == event.id)).one()
    assert one.person_id == stranger.id
    own = select(PersonEmail.address).join(Membership, Membership.person_id == PersonEmail.person_id)
    ours = db.session.scalars(own.where(Membership.organisation_id == world.mine.company.id, Membership.state == "active")).all()
    mails = db.session.scalars(select(OutboxMail).where(or_(OutboxMail.to_address.in_(ours)))).all()
    assert mails
    for mail in mails:
        assert CANARY not in f"{mail.subject}{mail.text}{mail.html}{mail.calendar}{mail.to_name}"
    pages = [client.get(f"/events/second/{path}").text for path in ("register", "registrations")]
    pages += [client.get(f"/events/second/registrations/{one.id}/{act}").text for act in ("cancel", "substitute")]
    assert not [page for page in pages if CANARY in page]


@pytest.mark.usefixtures("nothing_is_kept")
def test_nothing_of_ours_moves_when_the_others_act(app: Flask, world: World) -> None:
    """Pages, counts, positions and ETags; but for the event's own last places, which are everybody's."""

    def look() -> dict[str, tuple[int, str | None, str]]:
        client = browser(app, world.mine.admin)
        found = {}
        for rule in routes(app, "GET"):
            if rule.endpoint.startswith(("accounts.", "passkeys.")) or rule.endpoint in ("overview.healthz", "overview.readyz"):
                continue  # made anew each time, and nothing of companies on them
            path = path_of(world, rule, world.mine)
            answer = client.get(path)
            found[path] = (answer.status_code, answer.headers.get("ETag"), _body(answer.get_data().decode(errors="replace")))
        return found

    before = look()
    theirs = world.theirs
    one = queries.by_token(theirs.registrations[0].token)
    registrations.cancel([one], reason="", by=factories.TESTS, at=NOW)
    db.session.get_one(Organisation, theirs.company.id).name = "Zzz Renamed AG"
    factories.person(theirs.company, "Aaa", "First", "aaa@isar.example")
    factories.register(world.event, theirs.company, factories.attendee(email="late@isar.example", mode=Mode.IN_PERSON))
    share = share_from_distributor(theirs.company)
    blocks.claim(share, theirs.company, [factories.attendee(email="more@isar.example")], by=factories.TESTS, at=NOW)
    blocks.allot(_block(share), factories.organisation("Late GmbH"), 1, supplied_only=False, by=factories.TESTS, at=NOW)
    factories.commit()
    after = look()
    assert before.keys() == after.keys()
    assert [path for path in before if before[path] != after[path]] == []


def share_from_distributor(company: Organisation) -> BlockShare:
    """What the distributor of both companies has allotted to one of them."""
    query = select(BlockShare).join(SeatBlock, SeatBlock.id == BlockShare.block_id)
    return db.session.scalars(query.where(BlockShare.organisation_id == company.id, BlockShare.allotted)).one()


def _block(share: BlockShare) -> SeatBlock:
    query = select(SeatBlock).options(*block_queries.LOADED).where(SeatBlock.id == share.block_id)
    return db.session.scalars(query).one()


@pytest.mark.usefixtures("nothing_is_kept")
def test_a_distributor_sees_of_its_resellers_people_the_name_alone(app: Flask, world: World) -> None:
    """Name, company and status of who was named in its own block; of everybody else not even that."""
    mark(world)
    share = share_from_distributor(world.theirs.company)
    claimed = db.session.get_one(
        Registration, db.session.scalars(select(BlockClaim.registration_id).filter_by(share_id=share.id)).one()
    )
    block = _block(share)
    world.theirs.company.name, claimed.name = "Isar Netze AG", "Nora Named"
    admin = factories.company_admin(block.organisation, "dora@rhein.example")
    distributor = replace(
        world.mine,
        company=block.organisation,
        admin=admin,
        names={**world.mine.names, "block_id": block.id, "share_id": share.id},
    )
    client = browser(app, admin)
    pages = crawl(client, app, replace(world, mine=distributor), csrf(client, admin))
    assert found_in(pages) == []
    page = browser(app, admin).get(f"/company/blocks/{block.id}").text
    assert "Nora Named" in page
    assert "Isar Netze AG" in page


@pytest.mark.usefixtures("nothing_is_kept")
def test_a_reseller_sees_its_own_allotment_alone(app: Flask, world: World) -> None:
    """Neither the size of the block nor who else has places of it."""
    client = browser(app, world.mine.admin)
    block = _block(share_from_distributor(world.mine.company))
    pages = crawl(client, app, world, csrf(client, world.mine.admin))
    together = " ".join(pages.values())
    assert "Rhein Distribution GmbH" in together
    assert "1 of 2 named" in together
    assert "Isar Netze AG" not in together
    for number in (block.size, f"of {block.size} named"):
        assert f"{number} places" not in together
    again = browser(app, world.mine.admin)  # the crawl has ended all sessions
    assert again.get(f"/company/blocks/{block.id}").status_code == 404
    assert again.post(f"/company/blocks/{block.id}/allot", data={"csrf_token": csrf(again, world.mine.admin)}).status_code == 404


@pytest.mark.usefixtures("nothing_is_kept")
def test_control_without_its_scope_a_block_is_open_to_resellers(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_second_wall_down(monkeypatch)
    block = _block(share_from_distributor(world.mine.company))
    monkeypatch.setattr(block_queries, "held_block", lambda _viewer, _id: block)
    client = browser(app, world.mine.admin)
    assert "Isar Netze AG" in client.get(f"/company/blocks/{block.id}").text


def _rule(app: Flask, endpoint: str) -> Any:
    return next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)


def _body(text: str) -> str:
    """A page without what is new on every request, and without its own address."""
    text = re.sub(r'<code id="error-id">\w+</code>|name="csrf_token" value="[^"]+"|name="once_key"[^>]*value="[^"]+"', "", text)
    return re.sub(r'value="[\w.-]{40,}"|data-now="[^"]+"|(?:DTSTAMP|LAST-MODIFIED):\w+', "", text)


@pytest.mark.usefixtures("nothing_is_kept")
def test_what_is_another_s_answers_like_what_is_not_there(
    app: Flask, world: World, record_property: Callable[[str, object], None]
) -> None:
    compared = 0
    for user in (world.mine.admin, world.nobody, None):
        client = browser(app, user)
        token = csrf(client, user)
        for method in ("GET", "POST"):
            for rule in routes(app, method):
                ids = [name for name in rule.arguments if name.endswith("_id")]
                if "token" in rule.arguments:
                    ids = [name for name in ids if name != "run_id"]  # one's own, by one's own secret
                for name in ids:
                    data = {"csrf_token": token} if method == "POST" else None
                    theirs = client.open(path_of(world, rule, world.theirs), method=method, data=data)
                    nothing = client.open(path_of(world, rule, world.theirs, **{name: 987_654}), method=method, data=data)
                    assert theirs.status_code == nothing.status_code, (rule.endpoint, name)
                    if theirs.status_code not in (302, 401):
                        assert _body(theirs.text) == _body(nothing.text), (rule.endpoint, name)
                    compared += 1
                if "slug" in rule.arguments:
                    draft = client.open(path_of(world, rule, world.mine, slug="draft"), method=method)
                    nothing = client.open(path_of(world, rule, world.mine, slug="no-such-event"), method=method)
                    assert draft.status_code == nothing.status_code, rule.endpoint
                    assert _body(draft.text) == _body(nothing.text).replace("no-such-event", "draft"), rule.endpoint
                    compared += 1
    assert compared > 60
    record_property("size", f"{compared} foreign ids compared with unknown ones")


@pytest.mark.usefixtures("nothing_is_kept")
def test_control_without_the_scope_of_queries_it_sings(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    take_the_second_wall_down(monkeypatch)
    mark(world)
    real = queries.of_company
    monkeypatch.setattr(queries, "of_company", lambda event_id, _organisation_id: real(event_id, world.theirs.company.id))
    client = browser(app, world.mine.admin)
    assert CANARY in client.get("/events/summit/registrations").text


@pytest.mark.usefixtures("nothing_is_kept")
def test_control_without_the_viewer_foreign_ids_answer_differently(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_second_wall_down(monkeypatch)
    monkeypatch.setattr(
        "eventapp.registrations.own._load", lambda _slug, number: queries.by_token(world.theirs.registrations[0].token)
    )
    client = browser(app, world.mine.admin)
    rule = _rule(app, "registrations_own.cancel")
    assert client.get(path_of(world, rule, world.theirs)).status_code == 200
