"""What the log of the installation may say of a plan: its code. Auditors and system admins read that, organizers do not."""

from typing import TypedDict

from eventapp.plans.models import Plan


class About(TypedDict):
    """The arguments of `record` that name a plan."""

    object_type: str
    object_id: int | None
    object_name: str


def about(plan: Plan) -> About:
    """Names a plan in the log. Further `changes` may hold keys, states and numbers, never texts, names or amounts."""
    return {"object_type": "plan", "object_id": plan.id, "object_name": plan.code}


# What names no plan: an act over several of them.
SEVERAL: About = {"object_type": "plan", "object_id": None, "object_name": ""}
