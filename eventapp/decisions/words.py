"""What the log calls acts on decisions. Of one that is its team's alone or of a plan it holds no words, see service/log.py."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.decisions.mails import title_of
from eventapp.decisions.models import Decision


def _decisions(ids: Collection[int]) -> Mapping[int, Thing]:
    rows = db.session.scalars(select(Decision).where(Decision.id.in_(ids)))
    return {row.id: Thing(title_of(row), url_for("decisions.show", decision_id=row.id)) for row in rows}


declare_acts(
    "decisions",
    _l("Decisions"),
    {
        "open": _l("Opened a decision"),
        "change": _l("Changed the facts of a decision"),
        "openness": _l("Said who may read a decision"),
        "delete_practice": _l("Deleted an exercise"),
        "add_role": _l("Named somebody in a decision"),
        "remove_role": _l("Took somebody out of a decision"),
        "decider": _l("Said which body decides"),
        "follow_team": _l("Brought the people of a decision up to date"),
        "hand_over": _l("Handed parts in a decision over"),
        "follow": _l("Follows a decision"),
        "unfollow": _l("Does not follow a decision any more"),
        "option": _l("Changed the options of a decision"),
        "criterion": _l("Changed the criteria of a decision"),
        "score": _l("Scored the options of a decision"),
        "premortem": _l("Changed the premortem of a decision"),
        "finish": _l("Finished an action of a premortem"),
        "feedback": _l("Gave feedback on a decision"),
        "reply": _l("Answered feedback on a decision"),
        "ask_reopen": _l("Asked to reopen a decision"),
        "answer_reopen": _l("Answered a request to reopen a decision"),
        "step": _l("Took a decision to another state"),
        "outcome": _l("Wrote down what is decided"),
        "lessons": _l("Wrote down what was learned"),
        "update": _l("Wrote an update on a decision"),
        "export": _l("Downloaded decisions"),
    },
)
declare_fields(
    context=_l("Belongs to"),
    practice=_l("Exercise"),
    openness=_l("Who may read it"),
    fields=_l("Fields changed"),
    not_solving=_l("What is not being solved"),
    impacted=_l("Who is affected"),
    requirements=_l("Requirements"),
    constraints=_l("Constraints"),
    assumptions=_l("Assumptions"),
    feedback_until=_l("Feedback until"),
    decide_by=_l("To be decided by"),
    launch_by=_l("To be launched by"),
    decider=_l("Decider"),
    option=_l("Option"),
    criterion=_l("Criterion"),
    weight=_l("Weight"),
    trade_offs=_l("Trade-offs"),
    success_measures=_l("How success shows"),
    revisit_on=_l("Looked at again on"),
    revisit_when=_l("Looked at again when"),
    release_early=_l("Releasing early"),
    accepted=_l("Accepted"),
    facts=_l("New facts"),
)
declare_kind("decision", _l("Decision"), _decisions)
