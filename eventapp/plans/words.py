"""What the log calls acts on plans. It holds nothing of what plans say; that stands in each plan's own history."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.mail import queries as mails
from eventapp.partners.audiences import viewer
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanTemplate


def _plans(ids: Collection[int]) -> Mapping[int, Thing]:
    """The plans that the reader of the log may read as well."""
    query = select(Plan.id, Plan.code).where(Plan.id.in_(ids), queries.visible(viewer()))
    return {id_: Thing(code, url_for("plans.show", plan_code=code)) for id_, code in db.session.execute(query)}


def _templates(ids: Collection[int]) -> Mapping[int, Thing]:
    query = select(PlanTemplate.id, PlanTemplate.name).where(PlanTemplate.id.in_(ids))
    rows = db.session.execute(query)
    return {id_: Thing(name, url_for("plan_templates_admin.show", plan_template_id=id_)) for id_, name in rows}


mails.CONFIDENTIAL.add("plans.")
declare_acts(
    "plans",
    _l("Joint plans"),
    {
        "create": _l("Opened a plan"),
        "edit": _l("Changed a plan"),
        "add_row": _l("Added to a plan"),
        "remove_row": _l("Took something out of a plan"),
        "agree": _l("Agreed with a section of a plan"),
        "disagree": _l("Took an agreement with a section back"),
        "join": _l("Put somebody into the team of a plan"),
        "leave": _l("Took somebody out of the team of a plan"),
        "hand_over": _l("Handed a role in a plan over"),
        "change_member": _l("Changed what somebody does in a plan"),
        "delegate": _l("Let somebody sign a plan instead"),
        "end_delegation": _l("Signs a plan again, and nobody instead"),
        "make_exception": _l("Recorded the exception for a small partner"),
        "end_exception": _l("Took the exception for a small partner back"),
        "move": _l("Took a plan a step further"),
        "comment": _l("Commented on a section of a plan"),
        "submit_funds": _l("Asked for funds of a plan"),
        "take_funds_back": _l("Took a request for funds of a plan back"),
        "decide_funds": _l("Decided about funds of a plan"),
        "expire_funds": _l("Funds of a plan expired, nobody had claimed them"),
        "add_claim": _l("Wrote a claim of funds of a plan down"),
        "change_claim": _l("Changed a claim of funds of a plan"),
        "remove_claim": _l("Deleted a claim of funds of a plan"),
        "submit_claim": _l("Claimed funds of a plan"),
        "take_claim_back": _l("Took a claim of funds of a plan back"),
        "decide_claim": _l("Decided about a claim of funds of a plan"),
        "pay_claim": _l("Paid a claim of funds of a plan"),
        "add_file": _l("Added a file to a plan"),
        "remove_file": _l("Removed a file of a plan"),
        "cancel": _l("Cancelled a plan"),
        "suspend": _l("Suspended a plan, as its company has ended"),
        "go_on": _l("Wanted to go on with a suspended plan"),
        "resume": _l("A suspended plan goes on"),
        "ready": _l("Was ready to have a plan signed"),
        "freeze": _l("Sent a version of a plan to be signed"),
        "sign": _l("Signed a plan"),
        "decline": _l("Declined to sign a plan"),
        "withdraw": _l("Took a signature under a plan back"),
        "reopen": _l("Took a plan back from being signed"),
        "lapse": _l("The time to sign a plan was over"),
        "in_force": _l("A plan came into force"),
        "amend": _l("Began to amend a plan"),
        "give_up_amendment": _l("Gave up amending a plan"),
        "add_action": _l("Agreed on an action of a plan"),
        "enter_actual": _l("Entered an actual value of a plan"),
        "export": _l("Took plans out as a file"),
        "confirm_actual": _l("Confirmed an actual value of a plan"),
        "read_actuals": _l("Read actual values of a plan"),
        "start_workshop": _l("Began the workshop of a plan"),
        "end_workshop": _l("Ended the workshop of a plan"),
        "reopen_workshop": _l("Took the workshop of a plan up again"),
        "deal_groups": _l("Dealt the people of a workshop into groups"),
        "keep": _l("Kept a version of a plan"),
        "add_lesson": _l("Wrote a lesson of a plan down"),
        "remove_lesson": _l("Took a lesson of a plan out"),
        "follow": _l("Made the plan of the next year"),
        "propose_change": _l("Asked for a change of a plan"),
        "accept_change": _l("Accepted a request to change a plan"),
        "reject_change": _l("Rejected a request to change a plan"),
        "withdraw_change": _l("Took a request to change a plan back"),
        "plan_review": _l("Planned a review of a plan"),
        "change_review": _l("Changed a review of a plan"),
        "withdraw_review": _l("Withdrew a review of a plan"),
        "freeze_numbers": _l("Froze the numbers of a review"),
        "thaw_numbers": _l("Opened the numbers of a review again"),
        "hold_review": _l("Wrote the minutes of a review"),
        "rewrite_review": _l("Changed the minutes of a review"),
        "accept_review": _l("Accepted a review of a plan"),
        "escalate_review": _l("A review of a plan was not accepted in time"),
        "plan_workshop": _l("Planned the workshop of a plan"),
        "change_workshop": _l("Changed the workshop of a plan"),
        "propose_dates": _l("Proposed dates for a workshop"),
        "withdraw_date": _l("Withdrew a date proposed for a workshop"),
        "answer_dates": _l("Answered on which dates of a workshop they can"),
        "remind_answers": _l("Reminded of answers to dates of a workshop"),
        "confirm_date": _l("Confirmed the date of a workshop"),
        "move_date": _l("Moved a workshop"),
        "cancel_date": _l("Cancelled the date of a workshop"),
        "change_agenda": _l("Changed the agenda of a workshop"),
        "add_preparation": _l("Added a preparation for a workshop"),
        "change_preparation": _l("Changed who prepares what for a workshop"),
        "end_preparation": _l("Finished or waived a preparation for a workshop"),
        "reopen_preparation": _l("Took a preparation for a workshop back"),
        "remove_preparation": _l("Removed a preparation for a workshop"),
        "confirm_numbers": _l("Confirmed the numbers for a workshop"),
        "unconfirm_numbers": _l("Took the confirmation of numbers for a workshop back"),
        "freeze_pack": _l("Froze the pack for a workshop"),
    },
    confidential=True,
)
declare_acts(
    "plan_templates",
    _l("Templates of plans"),
    {
        "create": _l("Made a template of plans"),
        "change": _l("Changed a template of plans"),
        "switch": _l("Offered a template of plans, or no more"),
    },
)
declare_kind("plan", _l("Joint plan"), _plans)
declare_kind("plan_template", _l("Template of plans"), _templates)
declare_fields(
    section=_l("Section"),
    fields=_l("Fields"),
    side=_l("Side"),
    function=_l("Function"),
    signatory=_l("Signs"),
    version=_l("Version"),
    quarter=_l("Quarter"),
    informal=_l("Without quorum"),
    offered=_l("Offered"),
    quorum=_l("Quorum"),
    values_read=_l("Values that changed"),
)
