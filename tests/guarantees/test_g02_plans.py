"""G2, plans: what two teams write is read by them and by auditors, and by nobody else of the vendor either.

A word is written into every text of both companies' plans. Then every page is opened by organizers, system admins, finance,
another partner manager, the facilitator of their workshops, which are over, and a colleague of the company who is in no
team: not even the log or the mails say it.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Enum, String, inspect, select

from eventapp.accounts.models import Role, User
from eventapp.audit import words
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.mail.models import MailState, OutboxMail
from eventapp.partners.models import MembershipRole
from eventapp.plans import queries
from eventapp.plans.models import MemberFunction, Plan, PlanMember, PlanNote, Workshop, WorkshopState
from eventapp.plans.models import Side as PlanSide
from tests.conftest import NOW
from tests.guarantees.test_g02_canary import LEFT_ALONE, LEFT_ALONE_IN_PLANS, found_in, plan_rows, take_the_second_wall_down
from tests.guarantees.world import QuickClient, World, browser, path_of, routes
from tests.support import factories
from tests.support.pages import hidden

CANARY = "zzcanary"


def mark_plans(world: World) -> int:
    """Writes the canary into every text of both plans but their versions, which are what was signed; gives back how many."""
    marked = 0
    for row in [one for side in (world.mine, world.theirs) for one in plan_rows(side.company.id)]:
        for column in inspect(type(row)).columns:
            fixed = not isinstance(column.type, String) or isinstance(column.type, Enum) or column.foreign_keys
            if fixed or column.name in LEFT_ALONE | LEFT_ALONE_IN_PLANS | {"content", "added_by", "small_by"}:
                continue
            marked += 1
            setattr(row, column.name, f"{CANARY}{marked}")
    factories.commit()
    return marked


def led_by(user: User) -> User:
    """Makes somebody the facilitator of all workshops, which are over."""
    workshops = db.session.scalars(select(Workshop)).all()
    assert workshops
    for one in workshops:
        one.facilitator_id, one.state, one.ended_at = user.id, WorkshopState.HELD, NOW
    factories.commit()
    return user


def pages(client: QuickClient, app: Flask, world: World) -> dict[str, str]:
    """Every page, with the ids of both companies."""
    found = {}
    for rule in routes(app, "GET"):
        for side in (world.mine, world.theirs):
            if rule.endpoint == "security.logout" or ("token" in rule.arguments and side is world.theirs):
                continue
            path = path_of(world, rule, side)
            answer = client.get(path)
            found[path] = str(answer.headers) + answer.data.decode("utf-8", "replace")
    return found


@pytest.mark.usefixtures("nothing_is_kept")
@pytest.mark.parametrize("who", ["organizer", "system_admin", "finance", "partner_manager", "facilitator", "colleague"])
def test_nobody_outside_the_teams_reads_a_plan(
    app: Flask, world: World, who: str, record_property: Callable[[str, object], None]
) -> None:
    planted = mark_plans(world)
    assert planted > 80
    if who == "colleague":
        user = factories.seat(world.mine.company, MembershipRole.EXECUTIVE)
    elif who == "facilitator":
        user = led_by(factories.user(None, Role.TRAINER))
    else:
        user = world.organizer if who == "organizer" else factories.user(None, Role(who))
    found = pages(browser(app, user), app, world)
    assert found_in(found) == []
    record_property("size", f"{planted} canaries planted, {len(found):,} pages opened as {who}")


@pytest.mark.parametrize(("who", "told"), [("organizer", False), ("system_admin", True), ("auditor", True)])
def test_that_there_is_a_plan_is_told_to_few(app: Flask, world: World, who: str, told: bool) -> None:
    """What happens to plans stands in the log, and its mails name who is in the teams: organizers read neither."""
    code = world.mine.names["plan_code"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.object_name == code).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    mail = OutboxMail(
        message_id="canary",
        kind="plans.review",
        about="",
        to_name="Petra Huber",
        to_address="petra@donau.example",
        from_name="",
        reply_to="",
        subject=f"About {code}",
        text=code,
        html="",
        state=MailState.FAILED,
        run_after=NOW,
        created_at=NOW,
    )
    db.session.add(mail)
    factories.commit()
    client = browser(app, factories.user(None, Role(who)))
    log = client.get("/admin/log/?object=plan").text
    assert (code in log) is told
    assert (f"About {code}" in client.get("/admin/mail/").text) is told
    assert (f"About {code}" in client.get(f"/admin/mail/?q={code}").text) is told
    for path in (f"/admin/log/{entry.id}", f"/admin/mail/{mail.id}"):
        assert client.get(path).status_code == (200 if told else 404), path
    file = client.post("/admin/log/export", data={**hidden(log), "format": "json"})
    assert file.status_code == 200
    assert (code in file.text) is told


def test_every_act_of_a_plan_is_told_to_few(world: World) -> None:
    acts = db.session.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "plan").distinct()).all()
    assert len(acts) > 2
    assert {act.partition(".")[0] for act in acts} <= words.CONFIDENTIAL


@pytest.mark.usefixtures("nothing_is_kept")
def test_the_team_and_auditors_do(app: Flask, world: World) -> None:
    mark_plans(world)
    path = f"/plans/{world.mine.names['plan_code']}/"
    for user in (world.mine.admin, factories.user(None, Role.AUDITOR)):
        assert CANARY in browser(app, user).get(path).text


@pytest.mark.usefixtures("nothing_is_kept")
@pytest.mark.parametrize("who", ["vendor_owner", "company_owner", "auditor", "organizer"])
def test_a_side_s_notes_are_read_by_its_own_team_only(app: Flask, world: World, who: str) -> None:
    plan = db.session.scalars(select(Plan).where(Plan.code == world.mine.names["plan_code"])).one()
    for one in db.session.scalars(select(PlanNote).where(PlanNote.plan_id == plan.id)):
        one.text = f"{CANARY}-of-{one.side.value}1"
    owner_id = select(PlanMember.user_id).where(
        PlanMember.plan_id == plan.id, PlanMember.side == PlanSide.A, PlanMember.function == MemberFunction.OWNER
    )
    vendor_owner = db.session.scalars(select(User).where(User.id == owner_id.scalar_subquery())).one()
    factories.commit()
    users = {"vendor_owner": vendor_owner, "company_owner": world.mine.admin, "organizer": world.organizer}
    user = users.get(who) or factories.user(None, Role.AUDITOR)
    read = {f"{CANARY}-of-{side.value}1" for side in PlanSide}
    text = "".join(pages(browser(app, user), app, world).values())
    own = {"vendor_owner": {f"{CANARY}-of-a1"}, "company_owner": {f"{CANARY}-of-b1"}}.get(who, set())
    assert {one for one in read if one in text} == own


@pytest.mark.usefixtures("nothing_is_kept")
def test_control_without_the_scope_of_queries_it_is_read(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    take_the_second_wall_down(monkeypatch)
    mark_plans(world)
    monkeypatch.setattr(queries, "visible", lambda _viewer: queries.Plan.id > 0)
    assert CANARY in browser(app, world.organizer).get(f"/plans/{world.mine.names['plan_code']}/").text
    db.session.rollback()
