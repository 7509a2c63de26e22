"""What becomes of what somebody said in the room when they go on in another function: it stays theirs."""

from datetime import datetime

from sqlalchemy import update

from eventapp.core.db import db, table
from eventapp.plans.models import ConfidenceVote, Plan, PlanMember, PlanPresence, SwotVote, WorkshopAttendance
from eventapp.plans.teams import service as teams
from eventapp.plans.ticking import tick

SAID = (WorkshopAttendance, SwotVote, ConfidenceVote, PlanPresence)


def pass_on(plan: Plan, former: PlanMember, successor: PlanMember, _at: datetime) -> None:
    """The same person in a new row of the team is still here and has no more votes than before.

    Of a former member who hands over to somebody else all this stays as it was: nobody inherits a vote.
    """
    if (former.user_id, former.person_id) != (successor.user_id, successor.person_id):
        return
    for model in SAID:
        rows = table(model)
        mine = (rows.c.plan_id == plan.id) & (rows.c.member_id == former.id)
        db.session.execute(update(rows).where(mine).values(member_id=successor.id))
    tick(plan)


teams.PASSED_ON.append(pass_on)
