"""G21: export and erasure of a person are complete.

Every column of every table that may hold personal data is declared. A person with a word in each of them, standing
nowhere else, is exported: the word of each column is there. Then the person is erased: a dump of the whole database
holds none of the words, and the counts are what they were.
"""

import hashlib
import json
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Boolean, Date, DateTime, Enum, false, func, select, update

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.audit.service import record
from eventapp.core.db import Base, UtcDateTime, db, reading, transaction
from eventapp.events.models import Mode
from eventapp.lifecycle import erasing
from eventapp.mail.models import OutboxMail
from eventapp.overview import doctor
from eventapp.pages import BLUEPRINTS
from eventapp.partners.imports import service as imports
from eventapp.partners.models import ImportBatch, ImportKind, ImportState, Membership, MembershipRole, Person
from eventapp.places import service as places
from eventapp.privacy import exports, registry
from eventapp.privacy.models import ConsentKind
from eventapp.privacy.registry import PERSONAL, SECRET
from eventapp.registrations import service as registering
from eventapp.registrations.blocks import service as blocks
from eventapp.registrations.models import Registration, Tally
from tests.conftest import NOW
from tests.guarantees.planting_training import training
from tests.support import decisions, factories, forms

# A table is known once the feature that it belongs to is: all of them, also where this file is tried alone.
for name in BLUEPRINTS:
    import_module(name)

WORD = "zzperson"
TABLES = Base.metadata.tables


def declarable() -> dict[str, set[str]]:
    """The columns that must be declared: no ids of rows, times, days, yes or no, nor fixed choices."""
    fixed = (Boolean, Date, DateTime, UtcDateTime, Enum)
    found: dict[str, set[str]] = {}
    for name, table in TABLES.items():
        for column in table.c:
            if isinstance(column.type, fixed) or column.foreign_keys:
                continue
            if column.primary_key and column.name == "id":
                continue
            found.setdefault(name, set()).add(column.name)
    return found


def test_every_column_is_declared_as_personal_or_not() -> None:
    assert registry.undeclared(declarable()) == []


def test_nothing_is_declared_that_is_not_there() -> None:
    declared = {(t, c) for t, columns in PERSONAL.items() for c in columns}
    declared |= {(t, c) for t, (_why, columns) in registry.NOT_PERSONAL.items() for c in columns.split()}
    assert sorted((t, c) for t, c in declared if t not in TABLES or c not in TABLES[t].c) == []
    both = {(t, c) for t, columns in PERSONAL.items() for c in columns if c in registry.NOT_PERSONAL.get(t, ("", ""))[1].split()}
    assert both == set()
    assert sorted(f"{t}.{c}" for t, columns in PERSONAL.items() for c in columns if f"{t}.{c}" in SECRET) == sorted(SECRET)


def test_a_new_column_fails_the_build() -> None:
    columns = {**declarable(), "registration": declarable()["registration"] | {"shoe_size"}, "shoe": {"size"}}
    assert registry.undeclared(columns) == ["registration.shoe_size", "shoe.size"]


class Planted:
    """The person, and which word stands in which column. `mail` is the person's address: who acted is named by it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.words: dict[str, str] = {}
        self.mail = self.word("person_email.address") + "@donau.example"
        self.words["user_account.email"] = self.mail
        self.by = factories.organizer("orga@karmin.example")
        self.company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
        self.user = self._login()
        self.person = self._person()
        self._registrations()
        self._invitations()
        self._agenda()
        self._groups()
        self._decisions()
        training(self)
        self._plans()
        self._community()
        self._privacy()
        self._accounts()
        self._files_and_mails()
        factories.commit()
        self._log()
        factories.commit()

    def word(self, column: str) -> str:
        """A word of its own for a column."""
        self.words[column] = f"{WORD}{len(self.words) + 100}"
        return self.words[column]

    def acted(self, column: str) -> str:
        """The person as the one who acted."""
        self.words[column] = self.mail
        return self.mail

    def add(self, table: str, **values: Any) -> None:
        """A row."""
        db.session.execute(TABLES[table].insert().values(**values))

    def _login(self) -> User:
        user = factories.user(self.mail, name=f"{self.word('user_account.name')} Huber")
        user.password = self.word("user_account.password")
        user.totp_secret = self.word("user_account.totp_secret")
        user.passkey_handle = self.word("user_account.passkey_handle")
        user.fs_uniquifier = self.word("user_account.fs_uniquifier")
        user.totp_step = 271828
        self.words["user_account.totp_step"] = "271828"
        factories.commit()
        return user

    def _person(self) -> Person:
        person = factories.person(
            self.company,
            self.word("person.given_name"),
            self.word("person.family_name"),
            self.mail,
            user=self.user,
            role=MembershipRole.ADMIN,
            badge_name=f"Dr {self.word('person.badge_name')}",
            phone=self.word("person.phone"),
            language=self.word("person.language"),
            time_zone=self.word("person.time_zone"),
        )
        self.words["person.sort_key"] = self.words["person.family_name"]
        self.add("person_word", person_id=person.id, word=self.word("person_word.word"))
        own = update(Membership).where(Membership.person_id == person.id)
        names = ("job_title", "request_note", "decline_reason", "given_name", "family_name", "sort_key", "address", "phone")
        db.session.execute(own.values({name: self.word(f"membership.{name}") for name in names}))
        other = factories.person(self.company, "Otto", "Neu", "otto@donau.example")
        decided = update(Membership).where(Membership.person_id == other.id)
        db.session.execute(decided.values(decided_by=self.acted("membership.decided_by")))
        texts = ("name", "city", "website", "note", "decline_reason")
        values = {name: self.word(f"company_request.{name}") for name in texts}
        self.words["company_request.programme_id"] = values["programme_id"] = "zzprog99"
        for owner in (person, other):
            row = {**values, "decided_by": self.acted("company_request.decided_by")} if owner is person else {"name": "Other"}
            row = {
                "city": "",
                "website": "",
                "programme_id": "",
                "note": "",
                "decline_reason": "",
                "decided_by": self.mail,
                **row,
            }
            self.add("company_request", person_id=owner.id, country_code="AT", state="open", requested_at=NOW, **row)
        factories.commit()
        return person

    def _registrations(self) -> None:
        past = factories.event(slug="past", starts_at=NOW - timedelta(days=9), ends_at=NOW - timedelta(days=8))
        self.coming = factories.event(slug="coming", quotas={"ready": 1, "none": 5})
        address = self.mail
        early = NOW - timedelta(days=12)
        factories.register(past, self.company, factories.attendee("Eva", "Other", address), at=early)
        (self.mine,) = factories.register(
            self.coming, self.company, factories.attendee("Eva", self.word("registration.name"), address), by=self.user
        )
        otto = factories.attendee("Otto", "Neu", "otto@donau.example")
        (self.otto,) = factories.register(self.coming, self.company, otto, by=self.user)
        values = {
            name: self.word(f"registration.{name}") for name in ("badge_name", "claim", "note", "cancel_reason", "token", "uid")
        }
        values["code"] = self.words["registration.code"] = "ZZCODE999999"
        self.words["registration.registered_by"] = self.mail
        db.session.execute(update(Registration).where(Registration.id == self.mine.id).values(**values))
        self.add(
            "quota_request", event_id=self.coming.id, organisation_id=self.company.id, wanted=3, reason="r", state="granted",
            asked_at=NOW, asked_by=self.acted("quota_request.asked_by"), decided_at=NOW,
            decided_by=self.acted("quota_request.decided_by"), answer="",
        )  # fmt: skip
        self.add(
            "message_text", event_id=self.coming.id, kind="confirmed", language="en", subject="s", body="b", changed_at=NOW,
            changed_by=self.acted("message_text.changed_by"), version=1,
        )  # fmt: skip
        soon = NOW + timedelta(days=1)
        self.acted("seat_block.created_by")
        blocks.create(
            self.coming, self.company, mode=Mode.IN_PERSON, kind_id=None, size=2, name_until=soon, releases_at=soon, note="",
            by=self.user, at=NOW,
        )  # fmt: skip
        factories.commit()

    def _invitations(self) -> None:
        common = {"event_id": self.coming.id, "created_at": NOW, "expires_at": NOW}
        batch = {"state": "draft", "source": {}, "waives": [], "note": "", "counts": {}, **common}
        self.words["invitation_batch.people"] = self.mail
        self.add("invitation_batch", people=[["Eva", "", self.mail, ""]], created_by="x", **batch)
        self.add("invitation_batch", people=[], created_by=self.acted("invitation_batch.created_by"), **batch)
        names = ("given_name", "family_name", "token", "reason", "note")
        values = {name: self.word(f"invitation.{name}") for name in names}
        self.words["invitation.address"] = self.mail
        row = {"state": "invited", "waives": [], "sent_at": NOW, "reminders": 0, "version": 1, **common}
        self.add("invitation", person_id=self.person.id, address=self.mail, created_by="x", **row, **values)
        others = {**dict.fromkeys(names, ""), "token": "other"}
        created_by = self.acted("invitation.created_by")
        self.add("invitation", address="otto@donau.example", created_by=created_by, **row, **others)
        created_by = self.acted("invitation_reminder.created_by")
        reminder = {"event_id": self.coming.id, "due_at": NOW, "days": 3, "times": 3, "sent": 0, "created_at": NOW}
        self.add("invitation_reminder", created_by=created_by, **reminder)

    def _agenda(self) -> None:
        picture = {"event_id": self.coming.id, "mime": "image/png", "width": 1, "height": 1, "created_at": NOW}
        content = self.word("agenda_picture.content").encode()
        self.add("agenda_picture", key=self.word("agenda_picture.key")[:32], content=content, **picture)
        picture_id = db.session.scalar(select(TABLES["agenda_picture"].c.id))
        names = ("name", "company", "job_title", "biography", "biography_html", "notes", "token", "guid")
        values = {name: self.word(f"speaker.{name}") for name in names}
        values["code"] = self.words["speaker.code"] = "ZZSPEAKER999"
        row = {"event_id": self.coming.id, "created_at": NOW, "updated_at": NOW, "version": 1}
        self.add("speaker", person_id=self.person.id, picture_id=picture_id, **row, **values)
        speaker_id = db.session.scalar(select(TABLES["speaker"].c.id))
        away = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1)}
        self.add("speaker_away", speaker_id=speaker_id, note=self.word("speaker_away.note"), **away)
        self.add("speaker_task", speaker_id=speaker_id, title=self.word("speaker_task.title"))
        kind = {"event_id": self.coming.id, "name": "Talk", "minutes": 45, "position": 0}
        self.add("session_type", **kind)
        type_id = db.session.scalar(select(TABLES["session_type"].c.id))
        texts = dict.fromkeys(
            ("subtitle", "abstract", "abstract_html", "join_url", "recording_url", "notes", "cancel_reason"), ""
        )
        session = {"code": "S1", "title": "Keynote", "language": "en", "level": "any", "status": "confirmed", "type_id": type_id}
        self.add("agenda_session", **row, **texts, **session)
        session_id = db.session.scalar(select(TABLES["agenda_session"].c.id))
        booking = db.session.scalar(
            select(TABLES["registration"].c.booking_id).where(TABLES["registration"].c.id == self.otto.id)
        )
        place = {"session_id": session_id, "status": "confirmed", "signed_up_at": NOW, "version": 1}
        acted = self.acted("session_sign_up.signed_up_by")
        self.add("session_sign_up", registration_id=self.otto.id, booking_id=booking, signed_up_by=acted, **place)
        kept = {"event_id": self.coming.id, "file_name": "s.json", "content": b"", "preview": {}, "created_at": NOW}
        self.add("agenda_import", created_by=self.acted("agenda_import.created_by"), **kept)
        greeting = {
            "event_id": self.coming.id,
            "organisation_id": self.company.id,
            "text": "Hello",
            "state": "shown",
            "reason": "",
        }
        actors = {name: self.acted(f"greeting.{name}") for name in ("name", "written_by", "decided_by")}
        self.add("greeting", written_at=NOW, decided_at=NOW, version=1, **greeting, **actors)
        said = {"registration_id": self.mine.id, "session_id": session_id, "given_at": NOW, "version": 1}
        self.add("feedback", **said)
        feedback_id = db.session.scalar(select(TABLES["feedback"].c.id))
        self.add("feedback_question", event_id=self.coming.id, position=0, label="Words?", asked_for="text")
        question_id = db.session.scalar(select(TABLES["feedback_question"].c.id))
        self.add("feedback_answer", feedback_id=feedback_id, question_id=question_id, text=self.word("feedback_answer.text"))
        self._call(me=self.user.id)
        feed = {"token": self.word("agenda_feed.token"), "created_at": NOW}
        self.add("agenda_feed", registration_id=self.mine.id, **feed)
        counts = dict.fromkeys(("new", "moved", "cancelled", "changed"), 0)
        release = {"event_id": self.coming.id, "number": 1, "name": "v1", "note": "", "released_at": NOW}
        self.add("agenda_release", released_by=self.acted("agenda_release.released_by"), **release, **counts)

    def _plans(self) -> None:
        other = factories.organisation()
        template_id = db.session.scalar(select(TABLES["plan_template"].c.id).limit(1))
        row = {"kind": "partner", "title": "P", "side_a_id": other.id, "side_b_id": self.company.id, "template_id": template_id}
        period = {"period_start": NOW.date(), "period_end": NOW.date() + timedelta(days=364), "fiscal_start": 1}
        texts = dict.fromkeys(("summary", "suspended_reason", "cancelled_reason"), "")
        state = {"currency": "EUR", "status": "draft", "confidentiality": "team", "revision": 1, "version": 1, "created_at": NOW}
        small = {"small_reason": "Few", "small_at": NOW, "small_by": self.acted("plan.small_by")}
        self.add("plan", code="JBP-2027-0001", **row, **period, **texts, **state, **small)
        plan_id = db.session.scalar(select(TABLES["plan"].c.id))
        member = {"plan_id": plan_id, "side": "b", "function": "owner", "signatory": True, "joined_at": NOW}
        salt = self.word("plan_member.name_salt")
        mine = {"person_id": self.person.id, "name": self.word("plan_member.name"), "name_salt": salt, "added_by": "x"}
        self.add("plan_member", **member, **mine)
        member_id = db.session.scalar(select(TABLES["plan_member"].c.id))
        added = {"name": "Otto", "name_salt": "", "added_by": self.acted("plan_member.added_by")}
        self.add("plan_member", **{**member, "function": "sales"}, **added)
        its_hash = hashlib.sha256(b"{}").hexdigest()
        version = {"plan_id": plan_id, "major": 1, "minor": 0, "content": "{}", "content_hash": its_hash, "change_summary": ""}
        self.add("plan_version", state="kept", reminded=0, created_at=NOW, **version)
        version_id = db.session.scalar(select(TABLES["plan_version"].c.id))
        signed = {"plan_id": plan_id, "version_id": version_id, "member_id": member_id, "side": "b", "function": "owner"}
        how = {"statement": "s", "proven_at": NOW, "signed_at": NOW, "content_hash": its_hash, "state": "valid", "reason": ""}
        who = {name: self.word(f"plan_signature.{name}") for name in ("typed_name", "network")}
        self.add("plan_signature", **signed, **how, **who)

    def _community(self) -> None:
        texts = {name: self.word(f"listing.{name}") for name in ("headline", "about", "looking_for", "offering", "searched")}
        spoken = [self.word("listing.languages")]
        own = {"organisation_id": self.company.id, "person_id": self.person.id, "version": 1}
        self.add("listing", **own, **texts, languages=spoken, listed_at=NOW, changed_at=NOW)
        other = factories.organisation()
        met = {"from_person_id": self.person.id, "from_organisation_id": self.company.id, "to_organisation_id": other.id}
        words = {name: self.word(f"meeting_request.{name}") for name in ("subject", "text", "time_zone", "answer")}
        state = {"state": "asked", "hidden": False, "asked_at": NOW, "changed_at": NOW, "version": 1}
        self.add("meeting_request", **met, **words, **state, times=[self.word("meeting_request.times")])
        item_id = db.session.scalar(select(TABLES["onboarding_item"].c.id).limit(1))
        ticked = {"ticked_at": NOW, "ticked_by": self.acted("onboarding_tick.ticked_by")}
        self.add("onboarding_tick", organisation_id=self.company.id, item_id=item_id, **ticked)
        self.add("meeting_block", person_id=self.person.id, blocked_id=factories.person(other).id, since=NOW)

    def _groups(self) -> None:
        row = {"event_id": self.coming.id, "name": "Dinner", "kind": "table", "place": "", "time_text": "", "size": 8}
        rest = {"kinds": [], "tags": [], "mixes": True, "near_door": False, "created_at": NOW, "version": 1}
        self.add("group_set", **row, **rest)
        set_id = db.session.scalar(select(TABLES["group_set"].c.id))
        group = {"number": 1, "name": "", "near_door": False, "notes": "", "version": 1}
        self.add("event_group", set_id=set_id, pool_id=places.insert_pool(8), coach=self.acted("event_group.coach"), **group)
        self.add("group_placing", set_id=set_id, at=NOW, by=self.acted("group_placing.by"), moved=[])

    def _decisions(self) -> None:
        by = factories.organizer("decides@karmin.example")
        made = decisions.decision(by)
        made.created_by = self.acted("decision.created_by")
        own = {"decision_id": made.id, "user_id": self.user.id, "organisation_id": self.company.id}
        words = {name: self.word(f"decision_role.{name}") for name in ("name", "company")}
        self.add("decision_role", part="sponsor", by_reference=False, since=NOW, **own, **words)
        words = {name: self.word(f"decision_feedback.{name}") for name in ("name", "company", "text")}
        row = {"anonymous": False, "given_at": NOW, "state": "new", "reply": "", "version": 1}
        self.add("decision_feedback", replied_by=self.acted("decision_feedback.replied_by"), **own, **words, **row)
        words = {name: self.word(f"decision_reopening.{name}") for name in ("name", "company", "facts")}
        row = {"asked_at": NOW, "answer_by": NOW, "answer": ""}
        self.add("decision_reopening", answered_by=self.acted("decision_reopening.answered_by"), **own, **words, **row)
        written = self.acted("decision_entry.written_by")
        self.add("decision_entry", decision_id=made.id, at=NOW, written_by=written, text="Moved")
        self._ideas(own["user_id"])

    def _ideas(self, me: int) -> None:
        own = {"user_id": me, "organisation_id": self.company.id}
        words = {name: self.word(f"idea.{name}") for name in ("name", "company")}
        row = {"kind": "need", "title": "t", "text": "t", "shared": True, "posted_at": NOW, "changed_at": NOW, "state": "posted"}
        row |= {"answer": "", "experiment": "", "outcome": "", "searched": "", "version": 1}
        self.add("idea", answered_by=self.acted("idea.answered_by"), **own, **words, **row)
        idea_id = db.session.scalar(select(TABLES["idea"].c.id))
        words = {name: self.word(f"idea_contributor.{name}") for name in ("name", "company", "text")}
        self.add("idea_contributor", idea_id=idea_id, since=NOW, **own, **words)

    def _call(self, me: int) -> None:
        made = {"event_id": self.coming.id, "organisation_id": self.company.id, "code": "P1", "title": "t", "abstract": "a"}
        made |= {"language": "en", "notes": "", "state": "submitted", "proposed_at": NOW, "decision_note": "", "version": 1}
        self.add("session_proposal", proposed_by=self.acted("session_proposal.proposed_by"), **made)
        proposal_id = db.session.scalar(select(TABLES["session_proposal"].c.id))
        self.words["proposal_speaker.address"] = self.mail
        words = {name: self.word(f"proposal_speaker.{name}") for name in ("name", "biography")}
        self.add("proposal_speaker", proposal_id=proposal_id, position=1, address=self.mail, **words)
        scores = {"1": self.word("proposal_review.scores")}
        remark = self.word("proposal_review.remark")
        self.add("proposal_review", proposal_id=proposal_id, user_id=me, scores=scores, remark=remark, reviewed_at=NOW)

    def _privacy(self) -> None:
        me = self.person.id
        for kind, withdrawn in ((ConsentKind.PHOTO, NOW), (ConsentKind.MARKETING, None)):
            self.add(
                "consent",
                person_id=me,
                kind=kind,
                event_id=self.coming.id,
                text_version=self.word("consent.text_version"),
                given_at=NOW,
                given_by=self.word("consent.given_by"),
                given_through=self.word("consent.given_through"),
                withdrawn_at=withdrawn,
                withdrawn_by=self.word("consent.withdrawn_by"),
            )
        self.add("objection", person_id=me, at=NOW, note=self.word("objection.note"), withdrawn_at=NOW)
        note = {"registration_id": self.mine.id, "written_at": NOW}
        self.add("registration_comment", text=self.word("registration_comment.text"), written_by="x", **note)
        note["registration_id"] = self.otto.id
        acted = self.acted("registration_comment.written_by")
        name = f"Eva {self.words['registration.name']}"
        self.add("registration_comment", text=f"Wants to sit beside {name}.", written_by=acted, **note)
        self.add(
            "needs",
            registration_id=self.mine.id,
            diet=[self.word("needs.diet")],
            diet_other=self.word("needs.diet_other"),
            allergens=[self.word("needs.allergens")],
            severe_allergy=True,
            access=self.word("needs.access"),
            given_at=NOW,
            given_by=self.word("needs.given_by"),
            purge_on=NOW.date(),
        )

    def _accounts(self) -> None:
        me, other = self.user.id, factories.user("helper@karmin.example").id
        self.add("user_grant", user_id=other, role=Role.FINANCE, granted_by=self.acted("user_grant.granted_by"), granted_at=NOW)
        staff = {"granted_by": self.acted("event_staff.granted_by"), "granted_at": NOW, "ends_at": NOW}
        self.add("event_staff", event_id=self.coming.id, user_id=other, **staff)
        self.add("event_staff", event_id=self.coming.id, user_id=me, **staff)
        self.add("territory", user_id=me, manager_name=self.word("territory.manager_name"), granted_at=NOW, granted_by="x")
        granted = self.acted("territory.granted_by")
        self.add("territory", user_id=other, organisation_id=self.company.id, granted_at=NOW, granted_by=granted)
        session = {name: self.word(f"user_session.{name}") for name in ("key_hash", "methods", "device", "network")}
        saved = {name: self.word(f"saved_filter.{name}") for name in ("name", "query")}
        self.add("saved_filter", user_id=me, endpoint="mail_admin.index", shared=True, saved_at=NOW, **saved)
        self.add("user_session", user_id=me, created_at=NOW, seen_at=NOW, **session)
        link = {"kind": "sign_in", "created_at": NOW, "expires_at": NOW, "details": {}}
        mine = {"token_hash": self.word("account_link.token_hash"), "details": {"x": self.word("account_link.details")}}
        address = self.word("account_link.address") + "@new.example"
        self.add("account_link", **{**link, **mine, "address": address, "user_id": me, "created_by": ""})
        theirs = {"token_hash": "other", "address": "helper@karmin.example", "created_by": self.acted("account_link.created_by")}
        self.add("account_link", **{**link, **theirs})
        key = {name: self.word(f"passkey.{name}").encode() for name in ("credential_id", "public_key")}
        self.words["passkey.sign_count"] = "314159"
        rest = {"transports": self.word("passkey.transports"), "name": self.word("passkey.name")}
        self.add("passkey", user_id=me, sign_count=314159, created_at=NOW, **key, **rest)
        self.add("recovery_code", user_id=me, code_hash=self.word("recovery_code.code_hash"))
        provider = {"key": "p", "label": "P", "issuer": "i", "client_id": "c", "client_secret": "s", "created_at": NOW}
        self.add("identity_provider", **{"groups_claim": "groups", "active": True, "version": 1, **provider})
        provider_id = db.session.scalar(select(TABLES["identity_provider"].c.id))
        self.add("identity", user_id=me, provider_id=provider_id, subject=self.word("identity.subject"), created_at=NOW)
        decided = {"decided_by": self.acted("name_decision.decided_by"), "decided_at": NOW}
        self.add("name_decision", event_id=self.coming.id, key="AT:donau", organisation_id=self.company.id, **decided)
        act = {"act": "tag", "choice": "1", "reason": "", "state": "done", "ids": [], "reached": 0, "done": [], "moved_up": 0}
        act |= {"became": {}, "refused": {}, "made_at": NOW, "made_by": self.acted("bulk_act.made_by")}
        act["undone_by"] = self.acted("bulk_act.undone_by")
        self.add("bulk_act", event_id=self.coming.id, **act)
        moved = {"kind": "date", "before": {}, "steps": [], "counts": {}, "made_at": NOW, "undo_until": NOW, "undone_at": NOW}
        moved |= {name: self.acted(f"conversion.{name}") for name in ("made_by", "undone_by")}
        self.add("conversion", event_id=self.coming.id, **moved)
        self.add("policy", key="x", value={}, changed_by=self.acted("policy.changed_by"), changed_at=NOW)
        self._form()
        self.add("retention", kind="needs", days=30, changed_by=self.acted("retention.changed_by"), changed_at=NOW)
        words = {name: self.word(f"merge.{name}") for name in ("kept_name", "dropped_name")}
        merge = {"kind": "person", "counts": {}, "merged_at": NOW, "undo_until": NOW + timedelta(days=30), "undone_by": ""}
        moved = [{"old": self.word("merge.moved")}]
        self.add("merge", **merge, **words, kept_id=self.person.id, dropped_id=999, moved=moved, merged_by="x")
        acted = {"merged_by": self.acted("merge.merged_by"), "undone_by": self.acted("merge.undone_by")}
        others = {"kept_id": 998, "dropped_id": 997, "kept_name": "A", "dropped_name": "B"}
        self.add("merge", **{**merge, **others, **acted, "moved": [{"was": f"by {self.mail.upper()}"}]})

    def _form(self) -> None:
        question = forms.question(None, forms.section(None))
        acted = self.acted("question_version.created_by")
        versions = TABLES["question_version"]
        db.session.execute(update(versions).where(versions.c.question_id == question.id).values(created_by=acted))
        asked = forms.question(self.coming, forms.section(self.coming))
        version = db.session.scalar(select(versions.c.id).where(versions.c.question_id == asked.id))
        answer = {"question_id": asked.id, "version_id": version, "answered_at": NOW}
        told = {"value": {"is": self.word("answer.value")}, "text": self.word("answer.text")}
        self.add("answer", registration_id=self.mine.id, answered_by="x", **answer, **told)
        acted, told = self.acted("answer.answered_by"), {"value": {"is": "x"}, "text": "x"}
        self.add("answer", registration_id=self.otto.id, answered_by=acted, **answer, **told)
        file = {"registration_id": self.mine.id, "question_id": asked.id, "type": "pdf", "uploaded_at": NOW}
        file |= {"key": self.word("answer_file.key"), "name": self.word("answer_file.name")}
        self.add("answer_file", content=self.word("answer_file.content").encode(), **file)
        fields = [["given_name", self.word("answer_draft.fields")]]
        self.add("answer_draft", event_id=self.coming.id, registration_id=self.mine.id, fields=fields, saved_at=NOW)
        self.words["answer_draft.address"] = self.mail
        self.add("answer_draft", event_id=self.coming.id, address=self.mail, fields=[], saved_at=NOW)

    def _files_and_mails(self) -> None:
        content = f"Email,Given name,Family name,Programme ID\n{self.mail},A,B,KP-1\n".encode()
        open_file = imports.begin(ImportKind.PEOPLE, "people.csv", content, by=self.by, at=NOW)
        self.words["import_batch.content"] = self.mail
        done = imports.begin(ImportKind.PEOPLE, "done.csv", b"Email\nx@y.example\n", by=self.by, at=NOW)
        done.state, done.content, done.created_by = ImportState.APPLIED, b"", self.acted("import_batch.created_by")
        db.session.flush()
        self.open_file, row = open_file.id, {"line": 2, "outcome": "create", "reason": "", "made": "person"}
        texts = {name: self.word(f"import_row.{name}") for name in ("key", "label")}
        lists = {name: [self.word(f"import_row.{name}")] for name in ("cells", "warnings")}
        changes = {"phone": ["", self.word("import_row.changes")]}
        self.add("import_row", batch_id=done.id, record=1, object_id=self.person.id, changes=changes, **row, **texts, **lists)
        here = {"key": self.mail, "label": "", "cells": [self.mail], "warnings": [], "changes": {}}
        self.add("import_row", batch_id=done.id, record=2, object_id=77, **{**row, **here})
        names = ("to_name", "subject", "text", "html", "calendar", "error")
        mail = {"kind": "x", "about": f"event:{self.coming.id}", "from_name": "", "reply_to": "", "attempts": 1}
        mail |= {"state": "sent", "run_after": NOW, "created_at": NOW}
        own = {name: self.word(f"outbox_mail.{name}") for name in names}
        self.words["outbox_mail.to_address"] = self.mail
        self.add("outbox_mail", message_id="1", to_address=self.mail, **{**mail, **own})
        name = f"Eva {self.words['registration.name']}"
        texts = dict.fromkeys(names, f"about {name} and {self.mail}")
        self.add("outbox_mail", message_id="2", to_address="petra@donau.example", **{**mail, **texts})

    def _log(self) -> None:
        person, given = self.person, self.words["person.given_name"]
        common: dict[str, Any] = {"at": NOW, "object_type": "person", "object_id": person.id, "person_id": person.id}
        names = {"given_name": [given, self.word("audit_entry.changes")], "role": ["member", "admin"]}
        record("person.change", by=self.by, object_name=f"{given} Huber", changes=names, **common)
        record("event.change", by=self.user, at=NOW, object_type="event", object_id=1, changes={"title": ["A", "B"]})
        self.words["audit_entry.actor"] = self.mail
        name = f"Eva {self.words['registration.name']}"
        self.words["audit_entry.object_name"] = self.words["audit_entry.on_behalf"] = self.words["registration.name"]
        record("person.x", by=self.by, object_name=name, on_behalf=name, **common)
        record("x.y", by=self.by, at=NOW, object_type="x", object_id=1, object_name=name, changes={"p": [name]})


def dump() -> str:
    """Everything in the database as text."""
    db.session.rollback()
    lines = []
    for name, table in sorted(TABLES.items()):
        for row in db.session.execute(select(*(table.c[c.name] for c in table.c))):
            cells = (bytes(cell).decode("utf-8", "replace") if isinstance(cell, bytes | memoryview) else cell for cell in row)
            lines.append(f"{name}: " + " | ".join(json.dumps(cell, default=str, ensure_ascii=False) for cell in cells))
    return "\n".join(lines).lower()


def left(planted: Planted) -> dict[str, str]:
    """The words that stand in the database, by the column that they were written into."""
    text = dump()
    return {column: word for column, word in planted.words.items() if word.lower() in text}


def counts() -> Any:
    db.session.rollback()
    tallies = db.session.execute(select(Tally.status, func.sum(Tally.people)).group_by(Tally.status).order_by(Tally.status))
    return {status.value: people for status, people in tallies if people}


def damage() -> list[Any]:
    with doctor.snapshot():
        results = doctor.examine(NOW)
    return [(r.check.name, r.details) for r in results if r.found and r.check.name != "mail"]


@pytest.fixture
def planted(app: Flask) -> Planted:
    return Planted(app)


def test_a_word_stands_in_every_personal_column(planted: Planted) -> None:
    """A new personal column needs its word in `Planted`: else the tests below would prove nothing about it."""
    declared = {f"{table}.{column}" for table, columns in PERSONAL.items() for column in columns}
    assert sorted(declared - planted.words.keys()) == []
    assert left(planted) == planted.words


def test_the_export_holds_the_word_of_every_column(planted: Planted) -> None:
    with reading():
        found = exports.collect(planted.person, NOW)
        db.session.rollback()
    for column, word in planted.words.items():
        table, name = column.split(".")
        if column in SECRET:
            assert word not in str(found.tables.get(table)), column
            continue
        rows = [row.get(name) for row in found.tables.get(table, [])]
        elsewhere = [line["as"] for line in found.elsewhere if line["where"] in (column, table)]
        assert word in str([*rows, *elsewhere]), column
    page = str([section.rows for section in found.sections])
    assert planted.words["registration.note"] in page


def test_the_export_tells_nothing_of_others(planted: Planted) -> None:
    with reading():
        found = exports.collect(planted.person, NOW, confidential=False)
        db.session.rollback()
    text = json.dumps([found.tables, found.elsewhere], ensure_ascii=False, default=str)
    assert "otto@donau.example" not in text
    assert "Otto" not in text
    assert planted.words["needs.access"] not in text, "needs are not for whoever may not see them"


def test_after_the_erasure_the_database_holds_none_of_the_words(planted: Planted) -> None:
    before = counts()
    assert before == {"confirmed": 2, "waiting": 1}
    erase(planted)
    assert left(planted) == {}
    assert db.session.scalar(select(func.count()).select_from(TABLES["meeting_block"])) == 0
    # The upcoming one was cancelled and the next in the queue moved up; the past one still counts.
    assert counts() == {"cancelled": 1, "confirmed": 2}
    assert damage() == []
    person = db.session.get_one(Person, planted.person.id)
    assert (person.full_name, person.erased_at) == ("Erased person", NOW)
    assert db.session.scalars(select(User.id).where(User.email == planted.mail)).all() == []


def test_what_is_about_others_stays(planted: Planted) -> None:
    erase(planted)
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.message_id == "2")).one()
    assert (mail.to_address, mail.text) == ("petra@donau.example", "about Erased person and Erased person")
    changed = select(AuditEntry).where(AuditEntry.action == "person.change").order_by(AuditEntry.id)
    entry = db.session.scalars(changed).first()
    assert entry is not None
    assert entry.changes["role"] == ["member", "admin"], "what happened stays, as one of many"
    assert db.session.get(ImportBatch, planted.open_file) is None, "importing it would bring the person back"
    assert db.session.scalars(select(Registration).where(Registration.name == "Otto Neu")).one().registered_by == "Erased person"


def test_a_place_that_was_handed_on_keeps_no_name(planted: Planted) -> None:
    event = factories.event(slug="handed-on")
    attendee = factories.attendee("Eva", "Zzhandedon", planted.mail)
    to = ("Petra Huber", "petra@donau.example")
    (one,) = factories.register(event, planted.company, attendee, by=planted.by, summary_to=to)
    registering.substitute(one, "Otto", "Neu", "otto@donau.example", by=planted.by, at=NOW)
    factories.commit()
    assert "zzhandedon" in dump()
    erase(planted)
    assert "zzhandedon" not in dump()
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.to_address == to[1], OutboxMail.kind.contains("summary"))).one()
    assert "Erased person" in mail.text


@pytest.mark.parametrize("column", ["registration.note", "import_row.cells", "outbox_mail.text", "membership.job_title"])
def test_control_a_column_taken_out_of_the_registry_is_found(
    planted: Planted, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    table, name = column.split(".")
    monkeypatch.setitem(PERSONAL, table, {c: way for c, way in PERSONAL[table].items() if c != name})
    assert column in registry.undeclared(declarable())
    erase(planted)
    assert column in left(planted)


@pytest.mark.parametrize("column", ["audit_entry.object_name", "outbox_mail.text"])
def test_control_without_looking_for_mentions_they_stay(planted: Planted, monkeypatch: pytest.MonkeyPatch, column: str) -> None:
    if column.startswith("audit"):
        monkeypatch.setattr(erasing, "_in_log", lambda _subject: false())
    else:
        monkeypatch.setattr(erasing, "_from_mentions", lambda _subject: None)
    erase(planted)
    assert left(planted) != {}


def erase(planted: Planted) -> None:
    db.session.rollback()
    with transaction():
        erasing.erase(planted.person.id, by=planted.by, now=NOW)
    db.session.expire_all()
