"""A small world for tests that walk all routes: two companies that know nothing of each other, an organizer, an event."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from eventapp.accounts.lists import service as filters
from eventapp.accounts.lists.models import SavedFilter
from eventapp.accounts.models import AccountLink, Identity, IdentityProvider, LinkKind, Passkey, Role, User, UserSession
from eventapp.accounts.oidc import providers
from eventapp.accounts.oidc.providers import ProviderDetails
from eventapp.accounts.service import links
from eventapp.accounts.service.sessions import hash_of
from eventapp.accounts.staff import invitations
from eventapp.agenda.calls import service as calls
from eventapp.agenda.calls.models import ProposalSpeaker, SessionProposal
from eventapp.agenda.content import materials, speakers
from eventapp.agenda.greetings.models import Greeting
from eventapp.agenda.imports import service as imported
from eventapp.agenda.models import AgendaPicture, AgendaSession, MaterialMoment, SessionMaterial, SessionSpeaker
from eventapp.agenda.own import service as own_agenda
from eventapp.agenda.timetable import service as timetable
from eventapp.agenda.timetable.models import StepKind
from eventapp.audit.models import AuditEntry
from eventapp.community.models import Interest, MeetingBlock, OnboardingItem
from eventapp.core.db import db
from eventapp.decisions import queries as decision_queries
from eventapp.decisions.ideas import service as ideas
from eventapp.decisions.ideas.models import IdeaKind
from eventapp.decisions.models import Openness, Reopening
from eventapp.events.admission import service as admission
from eventapp.events.models import (
    AdmissionKind,
    AudienceField,
    AudienceRule,
    Event,
    EventFormat,
    EventStaff,
    Mode,
    QuotaRequest,
    Wave,
)
from eventapp.groups import queries as group_queries
from eventapp.groups import service as groups
from eventapp.groups.models import GroupKind, RuleKind
from eventapp.lifecycle import service as lifecycle
from eventapp.lifecycle.converting.models import Conversion, ConversionKind
from eventapp.lifecycle.merging import companies as merging
from eventapp.mail.models import MailState, OutboxMail
from eventapp.partners.company import confirming
from eventapp.partners.imports import service as imports
from eventapp.partners.models import (
    CompanyRequest,
    ImportBatch,
    ImportKind,
    MatchedBy,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    Person,
    Relationship,
    Territory,
)
from eventapp.partners.providers.service import set_up
from eventapp.places import service as places
from eventapp.plans.decisions import service as plan_decisions
from eventapp.plans.models import PlanTemplateSection
from eventapp.questions.models import Scope
from eventapp.registrations import queries
from eventapp.registrations.address_links import sign
from eventapp.registrations.answers.models import AnswerFile
from eventapp.registrations.blocks import service as blocks
from eventapp.registrations.blocks.models import BlockShare, SeatBlock
from eventapp.registrations.desk import bulk
from eventapp.registrations.desk import service as desk
from eventapp.registrations.desk.acts import Order
from eventapp.registrations.desk.models import TagColour
from eventapp.registrations.imports import service as lists
from eventapp.registrations.invitations import managing
from eventapp.registrations.join_links import join_token
from eventapp.registrations.models import Registration
from eventapp.training.certificates import signing
from eventapp.training.certificates.links import holder_token
from eventapp.training.models import CourseMaterial, CourseVersion, Prerequisite, Waiver
from tests.conftest import NOW
from tests.guarantees.world_assessing import assessed_run
from tests.guarantees.world_attendance import attendance_of
from tests.guarantees.world_training import training_of
from tests.support import agenda, community, decisions, factories, forms, plans, training
from tests.support.factories import STARTS
from tests.support.inviting import draft as draft_of_invitations
from tests.support.inviting import invite
from tests.support.pages import PageClient, hidden

INVITATION_PAGES = ("show", "opened", "start", "decline", "delegate")
SCHEDULE = b"""{"schedule": {"conference": {"days": [{"date": "2027-05-18", "rooms": {"Hall": [{"guid":
"254309a7-8cbe-5306-bd61-8478ba2498f2", "date": "2027-05-18T09:00:00+02:00", "duration": "01:00", "title": "New"}]}}]}}}"""
# Two of them are new; the third has no programme ID and no type, so it is rejected.
PARTNERS = b"""Programme ID;Company name;Type;Tier;Country
KP-700001;Enns AG;Reseller;Ready;AT
KP-700002;Traun KG;ISV;;DE
;Nobody;;;XX
"""


@dataclass
class Side:
    """A company with its login and three people, two of them registered: one confirmed, one waiting."""

    company: Organisation
    admin: User
    people: list[Person]
    registrations: list[Registration]
    membership: Membership
    names: dict[str, Any]


@dataclass
class World:
    """Everything that addresses may name."""

    event: Event
    draft: Event
    organizer: User
    nobody: User
    mine: Side
    theirs: Side
    mail: OutboxMail
    batch: ImportBatch
    names: dict[str, Any]


def build(app: Flask) -> World:
    """Makes the world in the app's fresh database."""
    organizer = factories.organizer("orga@karmin.example")
    nobody = factories.user("nobody@karmin.example")
    event = factories.event(
        slug="summit",
        title="Summit",
        format=EventFormat.HYBRID,
        capacity_in_person=20,
        join_url="https://meet.example/room",
        quotas={"ready": 1, "none": 5},
    )
    draft = factories.event(slug="draft", published=False)
    mine = side(event, "Donau Systemhaus GmbH", "donau.example", "petra@donau.example")
    theirs = side(event, "Isar Netze AG", "isar.example", "xaver@isar.example")
    distributor = factories.organisation("Rhein Distribution GmbH", domain="rhein.example")
    block_of(event, distributor, mine.company, theirs.company)
    batch = imports.begin(ImportKind.PARTNERS, "partners.csv", PARTNERS, by=organizer, at=NOW)
    imports.preview(batch, at=NOW)
    listed = lists.begin(event, "list.csv", b"Email,Company,Name\nx@nowhere.example,Nowhere Ltd,X\n", by=organizer, at=NOW)
    imports.preview(listed, at=NOW)
    db.session.execute(update(OutboxMail).values(state=MailState.SENT, sent_at=NOW))
    factories.commit()
    mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id).limit(1)).one()
    twins = [factories.organisation(f"Twin {n} GmbH") for n in range(2)]
    made = merging.merge(*twins, by=organizer, at=NOW)
    factories.commit()
    with app.test_request_context():
        token = sign(event, "new@donau.example")
    names = {
        "slug": "summit",
        "message_kind": "confirmed",
        "mail_id": mail.id,
        "batch_id": batch.id,
        "import_id": listed.id,
        "merge_id": made.id,
        "move_kind": "date",
        "conversion_id": conversion(event),
        "entry_id": db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc())).first(),
        "status": "closed",
        "kind": "marketing",
        "registrations.verify": token,
        "provider_key": "karmin",
        "state": "off",
        "provider_id": staff_provider().id,
        "other": "draft",
        "bulk_act": "resend",
        "act": "up",
        "field": "tier",
        **way_in(event),
        **training_of(mine, theirs),
        **event_invitations(event, organizer),
        **staff(event, organizer),
        **form(event, mine, theirs),
        **groups_of(event, mine, theirs),
        **released_agenda(event, mine, theirs),
        **stage(event, mine.company),
        **agenda_of(event, mine, theirs, organizer),
        **given_run(mine, theirs),
        **plans_of(mine, theirs),
        **certified(mine, theirs),
        **decisions_of(mine, theirs),
        **community_of(event, mine, theirs),
        **catalogue_of(mine, theirs),
    }
    names |= attendance_of(names["run_id"], mine, theirs)
    notes = CourseMaterial(run_id=names["run_id"], title="Notes", key="run-material", name="a.pdf", content=b"x")
    db.session.add(notes)
    db.session.flush()
    names |= {"run_material_id": notes.id, "run_material_act": "up"}
    # What was written while all this was made went out long ago: nothing waits.
    db.session.execute(update(OutboxMail).values(state=MailState.SENT, sent_at=NOW))
    factories.commit()
    return World(event, draft, organizer, nobody, mine, theirs, mail, batch, names)


def catalogue_of(*sides: Side) -> dict[str, Any]:
    """A course in its catalogue with material, its credential and the way to it: what pages of the catalogue may name.

    It is the course of the run that was assessed. In another run of it, which has material of its own, there is somebody
    of each side.
    """
    names = assessed_run(*sides)
    whole = select(CourseVersion).where(CourseVersion.id == names["version_id"]).options(joinedload(CourseVersion.course))
    version = db.session.scalars(whole).one()
    credential = training.credential("CAT-ENG")
    way = training.curriculum(credential, [version.course, training.course("CAT-102").course])
    values: dict[str, Any] = {"version_id": version.id, "key": "course-material", "name": "a.pdf", "content": b"x"}
    material = CourseMaterial(title="Book", is_public=True, **values)
    db.session.add(material)
    run = training.run(version)
    for one in sides:
        enrolment = training.enrol(run, one.company, one.people[0])
        token = select(Registration.token).where(Registration.id == enrolment.registration_id)
        one.names["course_material.file"] = db.session.scalars(token).one()
    factories.commit()
    return {
        **names,
        "course_code": version.course.code,
        "course_id": version.course_id,
        "version_number": 1,
        "version_act": "renew",
        "catalogue_act": "archive",
        "course_material_id": material.id,
        "material_act": "up",
        "material_key": "course-material",
        "credential_id": credential.id,
        "credential_code": "CAT-ENG",
        "credential_act": "archive",
        "curriculum_id": way.id,
        "way_act": "archive",
        "step_act": "up",
        "wish": "want",
    }


def plans_of(*sides: Side) -> dict[str, Any]:
    """For each side a plan with the vendor, with something in every table; its admin is the owner for the company."""
    for one in sides:
        made = plans.plan(one.company, owner_b=one.admin, title=f"Plan of {one.company.name}")
        member = made.team[plans.Side.B, plans.MemberFunction.SALES]
        one.names |= {"plan_code": made.plan.code, "member_id": member.id, **plans.fill(made)}
        plans.with_last_year(made)
        one.names |= decision_of_plan(made)
    template = db.session.scalars(select(PlanTemplateSection).order_by(PlanTemplateSection.id).limit(1)).one()
    return {
        "agenda_act": "up",
        "claim_act": "submit",
        "comment_state": "done",
        "fund_act": "submit",
        "numbers_act": "confirm",
        "plan_export": "objectives",
        "plan_template_id": template.template_id,
        "prep_act": "done",
        "quarter": 1,
        "section_act": "up",
        "section_key": "objectives",
        "step": "workshop",
        "switched": "off",
        "template_section_id": template.id,
    }


def decision_of_plan(made: plans.Made) -> dict[str, Any]:
    """A decision of that plan, which the company's owner has begun, with one of everything."""
    found = plan_decisions.begin(made.plan, "Told", "Told.", viewer=decisions.viewer(made.owner_b), at=NOW)
    decisions.weighed(found, made.owner_b)
    decisions.feedback(found, made.owner_a)
    decisions.ready(found, made.owner_b)
    return {"plan_decision_id": found.id, "plan_risk_id": decision_queries.risks_of(found)[0].id}


def decisions_of(*sides: Side) -> dict[str, Any]:
    """For each side a decision between the vendor and that company, which its admin looks after, with one of everything."""
    for one in sides:
        made = decisions.decision(one.admin, openness=Openness.ORGANISATIONS, companies=[one.company])
        decisions.weighed(made, one.admin)
        said = decisions.feedback(made, one.admin)
        decisions.ready(made, one.admin)
        asked = Reopening(decision_id=made.id, name=one.company.name, facts="New", asked_at=NOW, answer_by=NOW)
        db.session.add(asked)
        db.session.flush()
        one.names |= {
            "decision_id": made.id,
            "decision_option_id": decision_queries.options_of(made)[0].id,
            "decision_criterion_id": decision_queries.criteria_of(made)[0].id,
            "decision_risk_id": decision_queries.risks_of(made)[0].id,
            "decision_role_id": decision_queries.roles_of(made)[0].id,
            "decision_feedback_id": said.id,
            "reopening_id": asked.id,
            **idea_of(one),
        }
    factories.commit()
    return {"decision_state": "paused", "decision_act": "done", "idea_wish": "vote"}


def idea_of(one: Side) -> dict[str, Any]:
    """A need that the company does not share, with a contribution."""
    viewer = decisions.viewer(one.admin)
    posted = ideas.post(ideas.IdeaDetails(IdeaKind.NEED, "For us", "For us only", shared=False), viewer=viewer, at=NOW)
    return {"idea_id": posted.id, "contributor_id": ideas.contribute(posted, "More", viewer=viewer, at=NOW).id}


def community_of(event: Event, *sides: Side) -> dict[str, Any]:
    """For each side an entry in the directory (that of the other one is not shown), a meeting, a buddy, somebody blocked.

    A third company is what both have to do with: it is listed, is asked by both for a meeting, and is the buddy of both.
    """
    third = community.company("Rhone Software GmbH", community.OLD)
    listed = community.list_company(third)
    buddy = community.offer(third, 5)
    for one, shown in zip(sides, (True, False), strict=True):
        one.company.partner_since = community.NEW
        entry = community.list_company(one.admin, shown=shown)
        meeting = community.ask(one.admin, listed, event_id=event.id)
        pair = community.pair(one.admin, third)
        person_id = decisions.viewer(one.admin).seats[0].person_id
        blocked = db.session.scalars(select(Membership.person_id).where(Membership.organisation_id == buddy.id)).first()
        block = MeetingBlock(person_id=person_id, blocked_id=blocked, since=NOW)
        db.session.add(block)
        db.session.flush()
        one.names |= {"listing_id": entry.id, "meeting_id": meeting.id, "pair_id": pair.id, "meeting_block_id": block.id}
        # What may be asked: the third company; the other one's is not shown, and helps nobody.
        own = {"asked_listing_id": entry.id, "buddy_company_id": one.company.id}
        one.names |= {"asked_listing_id": listed.id, "buddy_company_id": buddy.id} if shown else own
    factories.commit()
    return {
        "first_step": db.session.scalars(select(OnboardingItem.id).order_by(OnboardingItem.position)).first(),
        "tick_act": "tick",
        "item_way": "up",
        "interest_id": db.session.scalars(select(Interest.id).order_by(Interest.id)).first(),
    }


def groups_of(event: Event, *sides: Side) -> dict[str, Any]:
    """A table at which both companies sit, announced, with a rule and material: what pages about groups may name."""
    details = groups.SetDetails("Dinner", GroupKind.TABLE, place="Ballroom", size=8)
    made = groups.create(event, details, 2, by=factories.TESTS, at=NOW)
    table = group_queries.groups_of(made)[0]
    people = [one.registrations[0].id for one in sides]
    groups.move(made, people, table, by=factories.TESTS, at=NOW)
    rule = groups.add_rule(made, RuleKind.APART, companies=[one.company for one in sides], by=factories.TESTS, at=NOW)
    material = groups.add_material(made, "Candles", 10, each=1, by=factories.TESTS, at=NOW)
    made.announced_at = NOW
    factories.commit()
    return {"set_id": made.id, "group_id": table.id, "group_rule_id": rule.id, "material_id": material.id}


def released_agenda(event: Event, *sides: Side) -> dict[str, Any]:
    """A session that one signs up to, its speaker, a picture and a file, released; for each side a private calendar."""
    picture = AgendaPicture(
        event_id=event.id, key="agenda-key", mime="image/png", width=1, height=1, content=b"x", created_at=NOW
    )
    db.session.add(picture)
    db.session.flush()
    speaker = agenda.speaker(event, "Vera Vendor", code="AGENDA")
    values = {"code": "AGENDA", "picture_id": picture.id, "speakers": [speaker], "signs_up": True, "capacity": 1}
    made = agenda.session(event, "Opening", **values)
    db.session.add(SessionMaterial(session_id=made.id, title="Slides", key="agenda-key", name="a.pdf", content=b"x"))
    for one in sides:
        feed = own_agenda.renew_feed(queries.by_token(one.registrations[0].token), by=factories.TESTS, at=NOW)
        one.names["feed_token"] = feed.token
    agenda.release(event)
    return {"code": "AGENDA", "key": "agenda-key"}


def agenda_of(event: Event, side: Side, other: Side, organizer: User) -> dict[str, Any]:
    """A track, a type, a room, a further part and material of the session; a speaker of a company, who still owes us slides."""
    track, kind, room = agenda.track(event, "Keynotes"), agenda.session_type(event, "Keynote"), agenda.room(event, "Hall")
    speaker = agenda.speaker(event, person=side.people[0])
    session = db.session.scalars(select(AgendaSession).where(AgendaSession.code == "AGENDA")).one()
    part = agenda.slot(session)
    db.session.add(SessionSpeaker(session_id=session.id, speaker_id=speaker.id, position=2))
    material = materials.add(
        session,
        "Slides",
        moment=MaterialMoment.BEFORE,
        is_public=True,
        url="https://slides.example/1",
        file=None,
        by=organizer,
        at=NOW,
    )
    task = speakers.add_task(speaker, "Slides", None, by=organizer, at=NOW)
    another = agenda.speaker(event, person=other.people[0])
    other.names["task_id"] = speakers.add_task(another, "Photo", None, by=organizer, at=NOW).id
    sent = imported.begin(event, "schedule.json", SCHEDULE, by=organizer, at=NOW)
    step = timetable.step(event, StepKind.PLACE, "Opening", [], by=organizer, at=NOW)
    factories.commit()
    return {
        "change": "done",
        "fate": "restore",
        "shelf": "rooms",
        "thing_id": room.id,
        "track_id": track.id,
        "type_id": kind.id,
        "room_id": room.id,
        "slot_id": part.id,
        "piece_id": material.id,
        "speaker_id": speaker.id,
        "task_id": task.id,
        "schedule_id": sent.id,
        "criterion_id": calling(event, organizer),
        **dict.fromkeys(["speaking.show", "speaking.answer", "speaking.finish"], speaker.token),
        "speaking_in": session.id,
        "reply": "confirm",
        "step_id": step.id,
        "number": 1,
    }


def certified(*sides: Side) -> dict[str, Any]:
    """A run that is over, and for each side a certificate that its admin holds of the course."""
    version = training.course("SUM-101")
    made = training.run(version, starts_at=NOW - timedelta(days=2), ends_at=NOW - timedelta(days=1))
    for one in sides:
        person = db.session.scalars(select(Person).where(Person.user_id == one.admin.id)).one()
        held = training.certificate(person, version, completed_on=(NOW - timedelta(days=1)).date())
        one.names.update({"certificate_id": held.id, "code_token": held.code})
        for page in ("show", "pdf_by_link", "badge_by_link", "name_by_link"):
            one.names[f"certificate_holders.{page}"] = holder_token(held.code)
    credential = training.credential()
    return {"run_id": made.id, "of_version": version.id, "of_credential": credential.id, "kid": signing.public_key()["kid"]}


def given_run(*sides: Side) -> dict[str, Any]:
    """A run of a course with somebody of each side, and one of them who came by a waiver."""
    needed, version = training.course("GIV-101"), training.course("GIV-102")
    made = training.run(version, slug="given-run", title="Given run")
    for one in sides:
        training.enrol(made, one.company, one.people[0])
    db.session.add(Prerequisite(version_id=version.id, course_id=needed.course_id))
    waiver = {"run_id": made.id, "person_id": sides[0].people[0].id, "reason": "Practice", "given_at": NOW, "given_by": "x"}
    db.session.add(Waiver(**waiver))
    factories.commit()
    return {"run_id": made.id, "version_id": version.id, "person_id": sides[0].people[0].id}


def conversion(event: Event) -> int:
    """A move of the event that has changed nothing."""
    made = Conversion(
        event_id=event.id,
        kind=ConversionKind.DATE,
        before={"capacities": [None, None, None], "needs_until": None},
        steps=[],
        counts={"kept": 2, "lost": 0},
        made_at=NOW,
        made_by="tests",
        undo_until=NOW + timedelta(days=7),
    )
    db.session.add(made)
    factories.commit()
    return made.id


def calling(event: Event, organizer: User) -> int:
    """Opens a call with something to score; returns the criterion."""
    details = calls.CallDetails("What we look for", NOW - timedelta(days=1), NOW + timedelta(days=9), False)
    calls.set_call(event, details, version=0, by=organizer, at=NOW)
    return calls.add_criterion(event, "Use", 1, by=organizer, at=NOW).id


def form(event: Event, *sides: Side) -> dict[str, Any]:
    """A section and a question of the event's form, and of the library; for each side a file given as an answer."""
    names: dict[str, Any] = {"what": "archive"}
    for prefix, where in (("", event), ("library_", None)):
        section = forms.section(where)
        names[f"{prefix}section_id"] = section.id
        names[f"{prefix}question_id"] = forms.question(where, section).id
    forms.question(event, forms.section(event, "Group"), "As a group?", scope=Scope.GROUP)
    for n, one in enumerate(sides):
        one.names["file_key"] = f"file-of-side-{n}"
        file = {"question_id": names["question_id"], "name": "a.pdf", "type": "pdf", "content": b"%PDF-", "uploaded_at": NOW}
        db.session.add(AnswerFile(key=one.names["file_key"], registration_id=one.registrations[0].id, **file))
    factories.commit()
    return names


def stage(event: Event, company: Organisation) -> dict[str, Any]:
    """A released session on video, which is over and may be spoken about, with its speaker's link."""
    speaker, room = agenda.speaker(event), agenda.room(event, is_virtual=True, join_url="https://meet.example/stage")
    session = agenda.session(event, "On stage", room=room, speakers=[speaker], starts_at=NOW - timedelta(days=1))
    agenda.release(event)
    greeting = Greeting(event_id=event.id, organisation_id=company.id, text="Hello", written_at=NOW, written_by="tests")
    db.session.add(greeting)
    factories.commit()
    names = {"greeting_id": greeting.id, "agenda_session_id": session.id, "agenda_code": session.code, "report": "texts"}
    return {**names, "feedback.of_speaker": speaker.token}


def way_in(event: Event) -> dict[str, Any]:
    """A kind, a rule and a wave of the event, which asks for none of them: everybody else's tests register there."""
    pool = places.new_pool(None)
    db.session.flush()
    kind = AdmissionKind(event_id=event.id, pool_id=pool.id, position=1, name="Press")
    rule = AudienceRule(event_id=event.id, field=AudienceField.TIER, values=["ready"])
    wave = Wave(event_id=event.id, opens_at=NOW)
    db.session.add_all([kind, rule, wave])
    admission.set_country_quota(event, "FR", 3, by=factories.TESTS, now=NOW)
    factories.commit()
    return {"kind_id": kind.id, "rule_id": rule.id, "wave_id": wave.id, "country_code": "FR"}


def event_invitations(event: Event, organizer: User) -> dict[str, Any]:
    """What the organizer's pages about invitations may name: a draft, and a date of reminders."""
    batch = draft_of_invitations(event, "later@donau.example", at=NOW)
    reminder = managing.add_reminder(event, STARTS - timedelta(days=9), 3, 3, by=organizer, at=NOW)
    factories.commit()
    return {"invitation_batch_id": batch.id, "reminder_id": reminder.id}


def staff_provider() -> IdentityProvider:
    """The vendor's own provider, which nobody listens behind."""
    details = ProviderDetails("Karmin", "http://127.0.0.1:9", "eventapp", "secret", "groups")
    made = providers.add("karmin", details, for_staff=True, production=False, by=factories.TESTS, at=NOW)
    factories.commit()
    return made


def staff(event: Event, organizer: User) -> dict[str, Any]:
    """A partner manager, a helper of the event and invitations to both: what the pages about staff may name."""
    manager = factories.user("manager@karmin.example", Role.PARTNER_MANAGER)
    helper = factories.user("helper@karmin.example")
    db.session.add(EventStaff(event_id=event.id, user_id=helper.id, granted_at=NOW, granted_by="tests", ends_at=STARTS))
    region = Territory(user_id=manager.id, sub_region_key="iberia", granted_at=NOW, granted_by="tests")
    db.session.add(region)
    db.session.flush()
    end = (NOW + timedelta(days=90)).isoformat()
    wanted = {"roles": {"roles": ["trainer"]}, "event": {"event_id": event.id, "title": event.title, "ends_at": end}}
    for purpose, details in wanted.items():
        invitations.invite(f"{purpose}@karmin.example", purpose, details, by=organizer, at=NOW)
    mail = select(OutboxMail.text).where(OutboxMail.to_address == "roles@karmin.example")
    found = re.search(r"/invitation/([\w-]+)", db.session.scalars(mail).one())
    assert found
    ids = {link.details["for"]: link.id for link in db.session.scalars(select(AccountLink)) if "for" in link.details}
    factories.commit()
    return {
        "user_id": manager.id,
        "role": "partner_manager",
        "territory_id": region.id,
        "invitation_id": ids["roles"],
        "helper_invitation_id": ids["event"],
        "helper_id": helper.id,
        "invitations.accept": found[1],
    }


def logins(world: World) -> dict[str, User | None]:
    """A login for each role; those that the world lacks are made. The partner manager looks after `mine`."""
    company = world.mine.company
    made: dict[str, User | None] = {"anonymous": None, "nobody": world.nobody}
    for role in (MembershipRole.MEMBER, MembershipRole.EXECUTIVE):
        made[role.value] = factories.user(f"{role.value}@donau.example")
        factories.person(company, "Role", role.value, f"{role.value}@donau.example", role=role, user=made[role.value])
    made["company_admin"] = world.mine.admin
    helper = made["event_staff"] = factories.user("event_staff@karmin.example")
    db.session.add(EventStaff(event_id=world.event.id, user_id=helper.id, granted_at=NOW, granted_by="tests", ends_at=STARTS))
    for role in (Role.TRAINER, Role.FINANCE, Role.CATERING, Role.PARTNER_MANAGER, Role.AUDITOR):
        made[role.value] = factories.user(f"{role.value}@karmin.example", role)
    manager = made["partner_manager"]
    assert manager is not None
    db.session.add(Territory(user_id=manager.id, organisation_id=company.id, granted_at=NOW, granted_by="tests"))
    made["organizer"] = world.organizer
    made["system_admin"] = factories.user("system_admin@karmin.example", Role.SYSTEM_ADMIN)
    factories.commit()
    return made


def side(event: Event, name: str, domain: str, admin_address: str) -> Side:
    """A company of the world."""
    company = factories.organisation(name, domain=domain)
    admin = factories.company_admin(company, admin_address)
    people = [factories.person(company, f"Given{n}", f"Family{n}", f"p{n}@{domain}") for n in range(3)]
    lifecycle.set_exception(event, company, 1, "Exception", by=factories.TESTS, now=NOW)
    guests = [
        factories.attendee(p.given_name, p.family_name, f"p{n}@{domain}", mode=Mode.IN_PERSON) for n, p in enumerate(people[:2])
    ]
    made = factories.register(event, company, *guests)
    membership = db.session.scalars(select(Membership).where(Membership.person_id == people[2].id)).one()
    connection = Relationship(from_id=company.id, to_id=factories.organisation(f"{name} Supply").id, kind="supplies")
    told = CompanyRequest(person_id=people[2].id, name=f"{name} Next", country_code="AT", requested_at=NOW)
    asker = factories.person(None, "Asks", "To Join", f"asker@{domain}")
    values = {"state": MembershipState.REQUESTED, "matched_by": MatchedBy.DOMAIN, "requested_at": NOW}
    request = Membership(person_id=asker.id, organisation_id=company.id, **values)
    entered = factories.person(None, "Is", "Entered", f"entered@{domain}")
    typed = {"given_name": "Typed", "family_name": "By Colleague", "address": f"entered@{domain}"}
    waits = Membership(
        person_id=entered.id,
        organisation_id=company.id,
        **{**values, "matched_by": MatchedBy.COMPANY, **typed},
    )
    asked = {"event_id": event.id, "organisation_id": company.id, "asked_at": NOW, "asked_by": admin_address}
    more = QuotaRequest(wanted=4, reason=f"More for {name}", state="open", decided_by="", answer="", **asked)
    db.session.add_all([connection, told, request, waits, more])
    provider = set_up(
        company, ProviderDetails(name, "http://127.0.0.1:9", "eventapp", "secret"), production=False, by=factories.TESTS, at=NOW
    )
    identity = Identity(user_id=admin.id, provider_id=provider.id, subject=name, created_at=NOW)
    db.session.add(identity)
    factories.commit()
    (invitation,) = invite(event, f"p2@{domain}", at=NOW)
    note = desk.comment(made[0], "Told us on the phone", by=factories.TESTS, at=NOW)
    vip = desk.make_tag(event, f"Guest of {name}", TagColour.RED, by=factories.TESTS, at=NOW)
    desk.put_on([r.id for r in made], [vip.id])
    factories.commit()
    block, (share,) = block_of(event, company, db.session.get_one(Organisation, connection.to_id))
    act = bulk.begin(event, "tag", [made[0].id], Order(event, str(vip.id), "", factories.TESTS, NOW))
    factories.commit()
    speaking = calls.Speaking("Told " + name, f"speaker@{domain}", "For us only")
    proposed = SessionProposal(
        event_id=event.id,
        organisation_id=company.id,
        code=f"P{company.id}",
        title=f"Idea of {name}",
        abstract="For us only",
        proposed_at=NOW,
        proposed_by="x",
    )
    db.session.add(proposed)
    db.session.flush()
    db.session.add(ProposalSpeaker(proposal_id=proposed.id, position=1, **vars(speaking)))
    factories.commit()
    names = {
        "proposal_code": proposed.code,
        "act_id": act.id,
        "comment_id": note.id,
        "tag_id": vip.id,
        "block_id": block.id,
        "share_id": share.id,
        **dict.fromkeys([f"join.{name}" for name in ("show", "enter", "watch")], join_token(made[0])),
        **dict.fromkeys([f"event_invitations.{name}" for name in INVITATION_PAGES], invitation.token),
        "identity_id": identity.id,
        "filter_id": filter_of(admin).id,
        "organisation_id": company.id,
        "membership_id": membership.id,
        "person_id": people[2].id,
        "relationship_id": connection.id,
        "join_request_id": request.id,
        "entered_id": waits.id,
        "company_confirming.show": confirming.token_of(waits),
        "request_id": told.id,
        "quota_request_id": more.id,
        "registration_id": made[0].id,
        "token": made[0].token,
        **login_of(admin),
    }
    return Side(company, admin, people, made, membership, names)


def filter_of(user: User) -> SavedFilter:
    """A filter that somebody has saved of their company's people."""
    made = filters.save(user, "company_people.index", "Named", f"q={user.email}", shared=False, by=user, at=NOW)
    factories.commit()
    return made


def block_of(event: Event, holder: Organisation, *resellers: Organisation) -> tuple[SeatBlock, list[BlockShare]]:
    """A seat block with two places for each of the resellers, of which one is named, and one for the holder itself."""
    until = NOW + timedelta(days=30)
    dates = {"name_until": until, "releases_at": until, "by": factories.TESTS, "at": NOW}
    size = 2 * len(resellers) + 1
    block = blocks.create(event, holder, mode=Mode.IN_PERSON, kind_id=None, size=size, note="For us only", **dates)
    shares = []
    for reseller in resellers:
        share = blocks.allot(block, reseller, 2, supplied_only=False, by=factories.TESTS, at=NOW)
        named = factories.attendee("Named", f"For {reseller.name}", f"named-{holder.id}-{reseller.id}@blocks.example")
        blocks.claim(share, reseller, [named], by=factories.TESTS, at=NOW)
        shares.append(share)
    factories.commit()
    return block, shares


def login_of(user: User) -> dict[str, Any]:
    """What stands in the addresses of one's own login: a passkey, a device, and the links of mails."""
    key = Passkey(user_id=user.id, credential_id=user.email.encode(), public_key=b"x", name="Phone", created_at=NOW)
    device = UserSession(user_id=user.id, key_hash=hash_of(user.email), methods="password", created_at=NOW, seen_at=NOW)
    db.session.add_all([key, device])
    db.session.flush()

    def link(kind: LinkKind, address: str, **details: Any) -> str:
        owner = None if kind is LinkKind.SIGN_UP else user
        return links.issue(kind, address, lasts=timedelta(days=1), by="tests", at=NOW, user=owner, details=details)

    return {
        "passkey_id": key.id,
        "session_id": device.id,
        "accounts.verify": link(LinkKind.SIGN_UP, f"new-{user.email}", name="New", password="x", browser="y"),
        "accounts.sign_in_by_mail": link(LinkKind.SIGN_IN, user.email),
        "accounts.confirm_address": link(LinkKind.CHANGE_ADDRESS, f"other-{user.email}"),
        "accounts.undo_address": link(LinkKind.UNDO_ADDRESS, f"former-{user.email}"),
    }


def routes(app: Flask, method: str) -> Iterator[Rule]:
    """The routes that answer the method, by endpoint, but for the files of libraries."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.endpoint, r.rule)):
        if method in (rule.methods or ()) and not rule.endpoint.endswith("static"):
            yield rule


def values_for(world: World, rule: Rule, of: Side) -> dict[str, Any]:
    """What stands in a route's address when it names something of that company."""
    missing = missing_values(world, rule, of)
    assert not missing, f"{rule.endpoint}: say in world.py what {missing} may be"
    known = {**world.names, **of.names}
    known["token"] = known.get(rule.endpoint, known["token"])
    return {name: known[name] for name in rule.arguments}


def missing_values(world: World, rule: Rule, of: Side) -> set[str]:
    """The parts of a route's address that the world knows no value for."""
    return set(rule.arguments) - world.names.keys() - of.names.keys()


def path_of(world: World, rule: Rule, of: Side, **other: Any) -> str:
    """The address of a route that names something of that company; `other` replaces values."""
    built = rule.build({**values_for(world, rule, of), **other})
    assert built is not None, (rule.endpoint, other)
    return str(built[1])


class QuickClient(PageClient):
    """A client that looks at no markup: walking all routes opens thousands of pages, and others look at those."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.commit()
        db.session.expire_all()
        with self.application.app_context():
            response = FlaskClient.open(self, *args, **kwargs)
            response.get_data()
            response.close()  # what streams holds the request's context until it ends
        assert response.status_code < 500, (args, response.status_code, response.get_data(as_text=True)[:500])
        return response


def browser(app: Flask, user: User | None = None) -> QuickClient:
    """A client of its own, signed in if there is a user."""
    client = QuickClient(app, app.response_class, use_cookies=True)
    if user:
        client.sign_in(user)
    return client


def csrf(client: PageClient, user: User | None) -> str:
    """A CSRF token of the client's session."""
    return hidden(client.get("/account/password" if user else "/login").text)["csrf_token"]
