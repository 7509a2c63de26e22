"""Which columns hold personal data, how each is exported, and what an erasure makes of it.

Every text, number and JSON column of every table stands here, or a test fails: as personal, or as not personal with the
reason. Tables are named by text, since some of them belong to features above this one.
"""

from enum import StrEnum


class Way(StrEnum):
    """What an erasure does with a column in the rows that are the person's, and (`ACTOR`, `MENTION`) in all others."""

    # The row goes.
    ROW = "row"
    # Becomes empty: "", [], {} or NULL.
    EMPTY = "empty"
    # Becomes "Erased person".
    NAMED = "named"
    # A new random value: the old one opened something.
    FRESH = "fresh"
    # Written anew from the columns that it is made of.
    MADE = "made"
    # Who acted, in any row: becomes "Erased person" where it was this person.
    ACTOR = "actor"
    # The log: names go, the hash of what stood there stays.
    LOG = "log"


ERASED_GIVEN, ERASED_FAMILY = "Erased", "person"
ERASED = f"{ERASED_GIVEN} {ERASED_FAMILY}"

_R, _E, _N, _F, _M, _A, _L = Way.ROW, Way.EMPTY, Way.NAMED, Way.FRESH, Way.MADE, Way.ACTOR, Way.LOG

PERSONAL: dict[str, dict[str, Way]] = {
    "person": {
        "given_name": _N, "family_name": _N, "sort_key": _M, "badge_name": _E, "phone": _E, "language": _E, "time_zone": _E,
    },
    "person_email": {"address": _R},
    "person_word": {"word": _R},
    "membership": {
        "job_title": _E, "request_note": _E, "decline_reason": _E, "decided_by": _A,
        "given_name": _E, "family_name": _E, "sort_key": _E, "phone": _E, "address": _E,
    },
    "company_request": {
        "name": _R, "city": _R, "website": _R, "programme_id": _R, "note": _R, "decline_reason": _R, "decided_by": _A,
    },
    "registration": {
        "name": _N, "claim": _E, "badge_name": _E, "note": _E, "cancel_reason": _E, "registered_by": _N,
        "code": _F, "token": _F, "uid": _F,
    },
    "registration_comment": {"text": _R, "written_by": _A},
    "speaker": {
        "name": _N, "company": _E, "job_title": _E, "biography": _E, "biography_html": _E, "notes": _E, "token": _F, "guid": _F,
        "code": _F,
    },
    "proposal_speaker": {"name": _N, "address": _N, "biography": _E},
    "proposal_review": {"scores": _R, "remark": _R},
    "session_proposal": {"proposed_by": _A},
    "speaker_away": {"note": _R},
    "speaker_task": {"title": _R},
    "agenda_picture": {"key": _R, "content": _R},
    "agenda_feed": {"token": _R},
    "session_sign_up": {"signed_up_by": _A},
    "agenda_release": {"released_by": _A},
    "agenda_import": {"created_by": _A},
    "feedback_answer": {"text": _E},
    "course_interest": {"note": _R, "noted_by": _A},
    "waiver": {"reason": _R, "given_by": _A},
    "enrolment": {"settled_by": _A, "settled_reason": _E},
    "attendance_report": {"imported_by": _A},
    "attendance_interval": {"name": _E, "address": _E, "noted_by": _A},
    "roll_call": {"called_by": _A},
    "assessment_attempt": {"answers": _R},
    "submission": {"key": _R, "name": _R, "note": _R, "marks": _R, "comment": _R, "marked_by": _A},
    "submission_piece": {"content": _R},
    "course_feedback": {"comment": _E, "used_comment": _E},
    "certificate": {
        "name": _N, "code": _F, "salt": _F, "reason": _E, "revoked_reason": _E, "issued_by": _A, "revoked_by": _A,
    },
    "counts_for": {"chosen_by": _A},
    "greeting": {"name": _A, "written_by": _A, "decided_by": _A},
    "invitation": {
        "given_name": _N, "family_name": _N, "address": _N, "token": _F, "reason": _E, "note": _E, "created_by": _A,
    },
    "invitation_batch": {"people": _R, "created_by": _A},
    "invitation_reminder": {"created_by": _A},
    "decision": {"created_by": _A},
    "decision_role": {"name": _N, "company": _E},
    "decision_feedback": {"name": _N, "company": _E, "text": _E, "replied_by": _A},
    "decision_reopening": {"name": _N, "company": _E, "facts": _E, "answered_by": _A},
    "decision_entry": {"written_by": _A},
    "idea": {"name": _N, "company": _E, "answered_by": _A},
    "idea_contributor": {"name": _N, "company": _E, "text": _E},
    "listing": {
        "headline": _R, "about": _R, "looking_for": _R, "offering": _R, "languages": _R, "searched": _R,
    },
    "meeting_request": {"subject": _R, "text": _R, "times": _R, "time_zone": _R, "answer": _R},
    "onboarding_tick": {"ticked_by": _A},
    "needs": {"diet": _R, "diet_other": _R, "allergens": _R, "access": _R, "given_by": _R},
    "consent": {"text_version": _R, "given_by": _R, "given_through": _R, "withdrawn_by": _R},
    "objection": {"note": _R},
    "user_account": {
        "email": _R, "name": _R, "password": _R, "fs_uniquifier": _R, "totp_secret": _R, "totp_step": _R, "passkey_handle": _R,
    },
    "user_grant": {"granted_by": _A},
    "saved_filter": {"name": _R, "query": _R},
    "user_session": {"key_hash": _R, "methods": _R, "device": _R, "network": _R},
    "account_link": {"token_hash": _R, "address": _R, "details": _R, "created_by": _A},
    "passkey": {"credential_id": _R, "public_key": _R, "sign_count": _R, "transports": _R, "name": _R},
    "recovery_code": {"code_hash": _R},
    "identity": {"subject": _R},
    "territory": {"manager_name": _R, "granted_by": _A},
    "event_staff": {"granted_by": _A},
    "message_text": {"changed_by": _A},
    "quota_request": {"asked_by": _A, "decided_by": _A},
    "seat_block": {"created_by": _A},
    "outbox_mail": {"to_name": _N, "to_address": _E, "subject": _N, "text": _E, "html": _E, "calendar": _E, "error": _E},
    "import_row": {"key": _E, "label": _N, "cells": _E, "changes": _E, "warnings": _E},
    "import_batch": {"content": _R, "created_by": _A},
    "name_decision": {"decided_by": _A},
    "bulk_act": {"made_by": _A, "undone_by": _A},
    "event_group": {"coach": _A},
    "group_placing": {"by": _A},
    "conversion": {"made_by": _A, "undone_by": _A},
    "merge": {"kept_name": _N, "dropped_name": _N, "moved": _E, "merged_by": _A, "undone_by": _A},
    "policy": {"changed_by": _A},
    "question_version": {"created_by": _A},
    "retention": {"changed_by": _A},
    "answer": {"value": _R, "text": _R, "answered_by": _A},
    "answer_draft": {"address": _R, "fields": _R},
    "answer_file": {"key": _R, "name": _R, "content": _R},
    "audit_entry": {"actor": _L, "object_name": _L, "on_behalf": _L, "changes": _L},
    "plan": {"small_by": _A},
    "plan_member": {"name": _N, "name_salt": _E, "added_by": _A},
    "plan_signature": {"typed_name": _N, "network": _E},
}  # fmt: skip

# In the person's own rows it goes, whoever stands there; in other rows where it is the person.
ACTORS_TOO = frozenset({"registration.registered_by"})

# Texts written to or about others in which the person may be named: the name is taken out of them.
MENTIONS: dict[str, tuple[str, ...]] = {
    "outbox_mail": ("to_name", "subject", "text", "html", "calendar", "error"),
    "merge": ("moved",),
    "registration_comment": ("text",),
}

# Opens something, or is one half of it: said to be there, never given out.
SECRET = frozenset(
    {
        *("registration.token", "registration.code", "registration.uid", "user_account.password", "user_account.fs_uniquifier"),
        *("user_account.totp_secret", "user_account.totp_step", "user_account.passkey_handle", "user_session.key_hash"),
        *("account_link.token_hash", "account_link.details", "passkey.credential_id", "passkey.public_key"),
        *("recovery_code.code_hash", "import_batch.content", "answer_file.key", "answer_file.content"),
        "agenda_feed.token",
        *("submission.key", "submission_piece.content", "certificate.salt"),
        # What the staff noted is for the staff; whoever asks for it by law is answered by a person.
        "registration_comment.text",
        *("speaker.token", "speaker.guid", "speaker.code", "speaker.notes", "agenda_picture.key", "agenda_picture.content"),
        *("recovery_code.code_hash", "import_batch.content", "invitation.token", "invitation_batch.people"),
        "plan_member.name_salt",
    }
)

_COMPANY = "of a company, not of a person"
_EVENT = "the event's own text, written by the organizers"
_DECISION = "what a decision is about, not a person"
_NUMBER = "a count or a position"
_PLAN = "the plan of two companies, which both keep; people are named by their row in the team"
_OWN = "our own list, without people"
_RANDOM = "random, or a hash: tells nobody who it was"
_TECHNICAL = "says which program, format or version"

NOT_PERSONAL: dict[str, tuple[str, str]] = {
    "assessment_attempt": (_NUMBER, "number questions points most version"),
    "assessment_question": (_OWN, "position text options explanation points"),
    "attendance_import": (_TECHNICAL, "sha256 zone"),
    "attendance_interval": (_TECHNICAL, "key checks_asked checks_answered"),
    "attendance_report": (_TECHNICAL, "file_name sha256 lines added"),
    "certificate": (_NUMBER, "minutes half_credits version"),
    "certificate_notice": (_NUMBER, "days"),
    "course": (_OWN, "code"),
    "course_feedback": (_NUMBER, "relevance pace trainer platform nps intent used version"),
    "course_material": (_OWN, "position title url key name content"),
    "course_version": (
        _OWN,
        "number title summary description description_html languages product_tags modes audience_types audience_functions"
        " minutes attendance_mark partial_from pass_mark attempts time_limit drawn exercise exercise_html exercise_mark"
        " validity_months credit_minutes follow_up_days version",
    ),
    "credential": (_OWN, "code name description points validity_months version"),
    "curriculum": (_OWN, "name electives version"),
    "curriculum_course": (_OWN, "position"),
    "enrolment": (_NUMBER, "attended slots score version"),
    "event_part": (_EVENT, "number label"),
    "event_slug": (_EVENT, "slug"),
    "programme_rule": (_OWN, "name countries people_min score_min window_months risk_days grace_days version"),
    "rubric_criterion": (_OWN, "position name description most least"),
    "run": (_OWN, "seats_min late_hours language version"),
    "run_trainer": (_OWN, "position"),
    "standing": (_COMPANY, "people score falls_by"),
    "standing_day": (_NUMBER, "companies"),
    "submission": (_TECHNICAL, "number mime size version"),
    "submission_piece": (_NUMBER, "number"),
    "agenda_import": (_TECHNICAL, "file_name content preview"),
    "agenda_picture": (_TECHNICAL, "mime width height"),
    "agenda_release": (_EVENT, "number name note new moved cancelled changed"),
    "agenda_session": (
        _EVENT,
        "code title subtitle abstract abstract_html language join_url recording_url notes cancel_reason version",
    ),
    "draft_step": (_EVENT, "title changes"),
    "release_change": (_EVENT, "title"),
    "arrival": (_NUMBER, "clicks"),
    "feedback": (_NUMBER, "version"),
    "feedback_answer": (_NUMBER, "stars"),
    "feedback_question": (_EVENT, "position label"),
    "greeting": (_COMPANY, "text reason version"),
    "joining": (_EVENT, "opens_minutes test_url recording_url version"),
    "released_slot": (_EVENT, "sequence title subtitle label abstract_html language"),
    "released_speaker": (_NUMBER, "position"),
    "decision": (
        _DECISION,
        "code title context_id context_label problem not_solving impacted decider_body requirements constraints assumptions"
        " openness_reason result rationale trade_offs success_measures revisit_when lessons searched version",
    ),
    "decision_counter": (_NUMBER, "prefix last"),
    "decision_criterion": (_DECISION, "text weight"),
    "decision_entry": (_DECISION, "text"),
    "decision_feedback": (_DECISION, "reply version"),
    "decision_option": (_DECISION, "title pros cons version"),
    "decision_reopening": (_DECISION, "answer"),
    "decision_risk": (_DECISION, "text trigger prevention action version"),
    "decision_score": (_NUMBER, "score"),
    "idea": (_COMPANY, "title text answer experiment outcome searched version"),
    "buddy_offer": (_COMPANY, "note most version"),
    "buddy_pair": (_COMPANY, "ended_reason version"),
    "interest": (_OWN, "name"),
    "listing": (_NUMBER, "version"),
    "meeting_request": (_NUMBER, "version"),
    "onboarding_item": (_OWN, "position title help version"),
    "room": (_EVENT, "guid position name description equipment capacity changeover join_url version"),
    "call_criterion": (_EVENT, "name weight"),
    "proposal_speaker": (_NUMBER, "position"),
    "session_call": (_EVENT, "text text_html version"),
    "session_proposal": (_COMPANY, "code title abstract language notes decision_note version"),
    "session_audience": (_EVENT, "values"),
    "session_material": (_EVENT, "position title url key name content"),
    "session_sign_up": (_NUMBER, "sequence version"),
    "session_slot": (_EVENT, "number guid part label minutes sequence"),
    "session_speaker": (_NUMBER, "position"),
    "session_type": (_EVENT, "position name minutes"),
    "speaker": (_NUMBER, "version"),
    "track": (_EVENT, "position name colour most_each"),
    "admission_kind": (_EVENT, "position name description"),
    "alias": (_COMPANY, "name"),
    "answer_file": (_TECHNICAL, "type"),
    "answer_place": (_EVENT, "key"),
    "attempt": (_RANDOM, "kind key"),
    "audit_entry": (
        _TECHNICAL,
        "action actor_user_id object_type object_id event_id organisation_id person_id salt content_hash hash",
    ),
    "audience_rule": (_EVENT, "values"),
    "audit_head": (_RANDOM, "hash"),
    "booking": (_NUMBER, "size party rank"),
    "bulk_act": (_EVENT, "act choice reason ids reached done became refused moved_up looked_back taken_back kept"),
    "company_quota": (_COMPANY, "reason"),
    "conversion": (_EVENT, "before counts steps"),
    "country": (_OWN, "code name"),
    "country_name": (_OWN, "name"),
    "country_quota": (_NUMBER, "places"),
    "email_domain": (_COMPANY, "domain"),
    "event": (
        _EVENT,
        "slug title summary description description_html venue address city join_url time_zone contact_email sender_name"
        " cancelled_reason moved_note draw_seed offer_hours short_offer_hours offer_within_hours plus_ones version",
    ),
    "message_run": (_EVENT, "kind changes"),
    "message_sent": (_TECHNICAL, "kind"),
    "message_setting": (_EVENT, "kind hour"),
    "message_text": (_EVENT, "kind language subject body version"),
    "free_mail_domain": (_OWN, "domain"),
    "event_group": (_EVENT, "number name notes version"),
    "group_material": (_EVENT, "name stock"),
    "group_placing": (_NUMBER, "moved"),
    "group_set": (_EVENT, "name place time_text size kinds tags version"),
    "group_supply": (_NUMBER, "quantity"),
    "group_told": (_EVENT, "told"),
    "identifier": (_COMPANY, "value"),
    "identity_provider": (_COMPANY, "key label issuer client_id client_secret groups_claim for_staff version"),
    "import_batch": (_TECHNICAL, "file_name encoding delimiter headers mapping counts links error"),
    "import_mapping": (_TECHNICAL, "headers mapping"),
    "import_row": (_TECHNICAL, "record line reason object_id object_version membership_id made"),
    "lot": (_RANDOM, "position ticket"),
    "invitation": (_NUMBER, "waives reminders version"),
    "invitation_batch": (_EVENT, "source waives places note counts"),
    "invitation_reminder": (_NUMBER, "days times sent"),
    "merge": (_NUMBER, "kept_id dropped_id counts"),
    "missing_supplier": (_COMPANY, "programme_id"),
    "name_decision": (_COMPANY, "key"),
    "no_show_rule": (_NUMBER, "percent events"),
    "one_time_key": (_RANDOM, "key owner body location"),
    "organisation": (
        _COMPANY,
        "name legal_name sort_key programme_id city website time_zone language partner_manager parent_name employees phone"
        " about notes version",
    ),
    "organisation_word": (_COMPANY, "word"),
    "outbox_mail": (_TECHNICAL, "message_id kind about from_name reply_to calendar_method attempts held_up"),
    "person": (_NUMBER, "version"),
    "plan": (
        _PLAN,
        "code title fiscal_start currency summary revision small_reason suspended_reason cancelled_reason version",
    ),
    "plan_account": (_PLAN, "customer segment product expected next_step position version"),
    "plan_action": (_PLAN, "number text blocked_by evidence reminded version"),
    "plan_actual": (_PLAN, "quarter value note version"),
    "plan_agreement": (_NUMBER, "section_version"),
    "plan_change_request": (_PLAN, "number items wanted reason answer version"),
    "plan_comment": (_PLAN, "text"),
    "plan_confidence_vote": (_PLAN, "vote remark"),
    "plan_delegation": (_PLAN, "text"),
    "plan_edit": (_PLAN, "kind row_id version changes"),
    "plan_enablement": (_PLAN, "title course_code head_count due_quarter position version"),
    "plan_file": (_PLAN, "key name type content"),
    "plan_fund_claim": (_PLAN, "amount description decision_note version"),
    "plan_fund_request": (_PLAN, "activity quarter amount vendor_percent decision_note position version"),
    "plan_governance": (_PLAN, "name minutes escalation position version"),
    "plan_initiative": (_PLAN, "name description quarter budget success_measure position version"),
    "plan_lesson": (_PLAN, "text"),
    "plan_note": (_PLAN, "text version"),
    "plan_objective": (
        _PLAN,
        "statement baseline annual q1 q2 q3 q4 band_low band_high weight source_key product share_a position version",
    ),
    "plan_parking_item": (_PLAN, "text"),
    "plan_prep_task": (_PLAN, "position title help days_before text text_html reason reminded version"),
    "plan_presence": (_PLAN, "section_key"),
    "plan_resource": (_PLAN, "description quantity unit quarter position version"),
    "plan_review": (
        _PLAN,
        "quarter minutes_long time_zone place sequence reminded numbers score minutes minutes_html version",
    ),
    "plan_risk": (_PLAN, "text probability impact mitigation position version"),
    "plan_section": (_PLAN, "position key title help text text_html version"),
    "plan_signature": (_PLAN, "statement content_hash reason"),
    "plan_swot_item": (_PLAN, "text group_number position version"),
    "plan_template": (_OWN, "name description version"),
    "plan_template_section": (_OWN, "position key title help starts_with"),
    "plan_value": (_PLAN, "text measure baseline target position version"),
    "plan_version": (_PLAN, "major minor content content_hash change_summary reminded"),
    "plan_workshop": (_PLAN, "time_zone place meeting_url pack minutes minutes_html tick version"),
    "plan_workshop_attendance": (_NUMBER, "group_number"),
    "plan_workshop_item": (_PLAN, "position half title minutes version"),
    "plan_workshop_slot": (_NUMBER, "sequence version"),
    "policy": (_OWN, "key value"),
    "pool": (_NUMBER, "capacity taken overbooked waiting"),
    "provider_group": (_COMPANY, "group_name"),
    "purge": (_NUMBER, "kind rows"),
    "form_section": (_EVENT, "position title help help_html"),
    "option_pool": (_EVENT, "key"),
    "question": (_EVENT, "position key current version"),
    "question_version": (_EVENT, "number label help help_html options settings condition"),
    "quota_request": (_COMPANY, "wanted reason answer"),
    "registration": (_NUMBER, "sequence missing_answers version"),
    "tag": (_OWN, "word folded"),
    "registration_tally": (_NUMBER, "people"),
    "retention": (_NUMBER, "kind days"),
    "saved_filter": (_TECHNICAL, "endpoint"),
    "seat_block": (_COMPANY, "size noticed note returned version"),
    "sub_region": (_OWN, "key label position"),
    "tier": (_OWN, "key label position"),
    "tier_quota": (_NUMBER, "tier places"),
    "wave": (_EVENT, "tier"),
}


def acting(table: str) -> list[str]:
    """The columns of a table that name who acted."""
    return [name for name, way in PERSONAL[table].items() if way is Way.ACTOR or f"{table}.{name}" in ACTORS_TOO]


def undeclared(columns: dict[str, set[str]]) -> list[str]:
    """Of the columns (by table) those that stand nowhere here."""
    missing = []
    for table, names in sorted(columns.items()):
        known = set(PERSONAL.get(table, ())) | set(NOT_PERSONAL.get(table, ("", ""))[1].split())
        missing += [f"{table}.{name}" for name in sorted(names - known)]
    return missing
