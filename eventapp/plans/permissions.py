"""Who may do what in a plan. Pure: asked with a `Standing`, which the queries give together with the plan."""

from collections.abc import Iterable
from dataclasses import dataclass

from eventapp.plans.models import (
    ENDED_PLANS,
    Amendment,
    MemberFunction,
    Plan,
    PlanMember,
    PlanSection,
    PlanStatus,
    SectionKind,
    Side,
)


@dataclass(frozen=True)
class Standing:
    """What the viewer is in a plan: a member of a side, or none.

    Without one it is an auditor, who reads and nothing else, or with `facilitates` the neutral facilitator of its workshop:
    while that is under way they see the plan, but for what is confidential, and write in its sections.
    """

    member: PlanMember | None = None
    facilitates: bool = False

    @property
    def side(self) -> Side | None:
        """The side that the viewer belongs to; none for auditors and facilitators."""
        return self.member.side if self.member else None

    @property
    def function(self) -> MemberFunction | None:
        """What the viewer does in the plan; none for auditors and facilitators."""
        return self.member.function if self.member else None

    @property
    def is_owner(self) -> bool:
        """Whether the viewer owns the plan for their side."""
        return self.function is MemberFunction.OWNER

    @property
    def is_sponsor(self) -> bool:
        """Whether the viewer is the executive sponsor of their side."""
        return self.function is MemberFunction.EXEC_SPONSOR


def same_person(one: PlanMember, other: PlanMember | None) -> bool:
    """Whether two rows of a team are one person, in whatever function."""
    return other is not None and (one.user_id, one.person_id) == (other.user_id, other.person_id)


_WRITERS = frozenset(MemberFunction) - {MemberFunction.EXEC_SPONSOR}
# Whose own a section is, by what it holds; the owners of both sides may write in all of them.
SECTION_FUNCTIONS: dict[SectionKind, frozenset[MemberFunction]] = {
    SectionKind.TEXT: _WRITERS,
    SectionKind.SWOT: _WRITERS,
    SectionKind.OBJECTIVES: frozenset(),
    SectionKind.ACCOUNTS: frozenset({MemberFunction.SALES, MemberFunction.PRESALES, MemberFunction.CUSTOMER_SUCCESS}),
    SectionKind.INITIATIVES: frozenset(
        {
            MemberFunction.MARKETING,
            MemberFunction.SALES,
            MemberFunction.PRESALES,
            MemberFunction.SERVICES,
            MemberFunction.PRODUCT,
            MemberFunction.TECHNICAL_LEAD,
        }
    ),
    SectionKind.ENABLEMENT: frozenset({MemberFunction.ENABLEMENT, MemberFunction.PRESALES, MemberFunction.TECHNICAL_LEAD}),
    SectionKind.MDF: frozenset({MemberFunction.MARKETING, MemberFunction.FINANCE}),
    SectionKind.RESOURCES: frozenset({MemberFunction.FINANCE, MemberFunction.SERVICES, MemberFunction.TECHNICAL_LEAD}),
    SectionKind.RISKS: _WRITERS,
    SectionKind.GOVERNANCE: frozenset(),
    SectionKind.VALUE: frozenset(
        {MemberFunction.SALES, MemberFunction.CUSTOMER_SUCCESS, MemberFunction.PRODUCT, MemberFunction.MARKETING}
    ),
}
WRITABLE = (PlanStatus.DRAFT, PlanStatus.WORKSHOP, PlanStatus.FINAL_REVIEW)
AGREEABLE = (PlanStatus.WORKSHOP, PlanStatus.FINAL_REVIEW)


def is_writable(plan: Plan) -> bool:
    """Whether what is signed may be changed now: before the signature, or in an amendment. Not while it is being signed."""
    if plan.suspended_at is not None:
        return False
    return plan.status in WRITABLE or plan.amendment in (Amendment.EDITING, Amendment.FINAL_REVIEW)


def is_lived_by(plan: Plan) -> bool:
    """Whether what is not signed (how far an initiative is, the next step with a customer) may be changed now."""
    return plan.status not in ENDED_PLANS and plan.suspended_at is None


def may_change_plan(standing: Standing) -> bool:
    """Whether the viewer may change the plan's own facts and take its steps: the owners, both alike."""
    return standing.is_owner


def may_change_team(standing: Standing, side: Side) -> bool:
    """Whether the viewer may say who belongs to that side's team: its own owner, and nobody of the other side."""
    return standing.is_owner and standing.side is side


def may_write(standing: Standing, section: PlanSection) -> bool:
    """Whether the viewer may write in the section, as far as they are concerned; `is_writable` says whether it is the time."""
    if standing.is_owner or standing.facilitates:
        return True
    return standing.function is not None and standing.function in SECTION_FUNCTIONS[section.kind]


def may_agree(standing: Standing) -> bool:
    """Whether the viewer may agree for their side: its owner."""
    return standing.is_owner


def is_agreeable(plan: Plan) -> bool:
    """Whether sections may be agreed now: in the workshop and after it, and in an amendment; not in a draft."""
    return is_writable(plan) and (plan.status in AGREEABLE or plan.amendment is not None)


def reads_confidential(standing: Standing, owners: Iterable[int | None] = ()) -> bool:
    """Whether the viewer reads confidential accounts: owners of the plan, sponsors, whoever signs it, auditors.

    `owners` are the members who look after one account; they read that one. A facilitator reads none.
    """
    if standing.facilitates:
        return False
    member = standing.member
    if member is None or member.signatory or standing.is_owner or standing.is_sponsor:
        return True
    return member.id in owners


def may_read_actuals(standing: Standing) -> bool:
    """Whether the viewer reads actual values: both teams and auditors, not a facilitator."""
    return not standing.facilitates


def may_comment(standing: Standing) -> bool:
    """Whether the viewer may comment and ask for changes: everybody of both teams."""
    return standing.member is not None


def may_note(standing: Standing) -> bool:
    """Whether the viewer reads and writes the private notes of their side. Auditors have no side."""
    return standing.member is not None
