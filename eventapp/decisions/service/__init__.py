"""What may be done with decisions. Everything in the caller's transaction."""

from eventapp.decisions.service.hearing import answer_reopening, ask_to_reopen, give_feedback, reply
from eventapp.decisions.service.opening import (
    DecisionFacts,
    change_facts,
    delete_practice,
    open_decision,
    set_openness,
)
from eventapp.decisions.service.people import follow, follow_team, hand_over, name_body, name_part, narrow, remove_role, unfollow
from eventapp.decisions.service.steps import Lessons, Outcome, note_lessons, note_outcome, post_update, remind, take_step
from eventapp.decisions.service.weighing import (
    OptionDetails,
    RiskDetails,
    add_criterion,
    finish_action,
    remove_criterion,
    remove_option,
    remove_risk,
    set_option,
    set_risk,
    set_scores,
)

__all__ = [
    "DecisionFacts",
    "Lessons",
    "OptionDetails",
    "Outcome",
    "RiskDetails",
    "add_criterion",
    "answer_reopening",
    "ask_to_reopen",
    "change_facts",
    "delete_practice",
    "finish_action",
    "follow",
    "follow_team",
    "give_feedback",
    "hand_over",
    "name_body",
    "name_part",
    "narrow",
    "note_lessons",
    "note_outcome",
    "open_decision",
    "post_update",
    "remind",
    "remove_criterion",
    "remove_option",
    "remove_risk",
    "remove_role",
    "reply",
    "set_openness",
    "set_option",
    "set_risk",
    "set_scores",
    "take_step",
    "unfollow",
]
