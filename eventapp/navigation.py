"""The main navigation and the banners over the pages, put together from the features."""

from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from eventapp.accounts.audiences import visitors_roles
from eventapp.accounts.models import Role
from eventapp.accounts.queries import demo_logins
from eventapp.core.i18n import _, _l, ngettext
from eventapp.core.web.audiences import Audience, may_open
from eventapp.partners.audiences import viewer

COMPANY = (
    "company", "company_people", "company_admins", "company_leaving", "company_registrations", "company_requests",
    "company_profile", "company_log", "company_acting", "company_blocks", "company_invitations", "registrations_own",
    "company_groups", "company_certificates", "company_programme", "company_out_of_step",
)  # fmt: skip
TRAINING = (
    *("courses_admin", "course_material_admin", "credentials_admin", "interests_admin", "run_material"),
    "certificates_admin",
    "run_certificates",
    "programme_admin",
    "programme_counting",
    "runs_admin",
    "question_pool",
    "rubric_admin",
    "results_admin",
    "teaching",
    "participants",
)
PLANS = (
    *("plans", "plan_founding", "plan_sections", "plan_teams", "plan_versions", "plan_actions", "plan_actuals"),
    "plan_notes",
    *("plan_room", "plan_swot", "plan_outcomes", "plan_closing"),
    "plan_delegations",
    "plan_comments",
    "plan_files",
    "plan_funds",
    "plan_templates_admin",
    "plan_claims",
    "plan_sharing",
    "plan_decisions",
    *("plan_workshop", "plan_dates", "plan_agenda", "plan_preparing", "plan_pack"),
    "plan_documents",
    "plan_exports",
    "plan_portfolio",
)
COMMUNITY = (
    *("community", "community_own", "meetings", "onboarding", "buddies"),
    *("newcomers_admin", "onboarding_admin", "community_interests"),
)
# Endpoint, label, and the blueprints whose pages belong to it.
ENTRIES = (
    ("company.index", _l("Our company"), COMPANY),
    ("overview.home", _l("Events"), ("overview", "events", "registrations", "answers_own", "event_invitations")),
    ("courses.index", _l("Courses"), ("courses", "interests")),
    (
        "overview_admin.index",
        _l("Organise"),
        (
            "overview_admin",
            "events_admin",
            "event_staff_admin",
            "lifecycle_admin",
            "questions_admin",
            "questions_library",
            "registrations_admin",
            "answers_admin",
            "registrations_approving",
            "admission_admin",
            "admission_tester",
            "blocks_admin",
            *("groups_admin", "group_board", "group_placing", "group_rules", "group_material", "group_lists", "group_telling"),
            *("event_invitations_admin", "invitation_batches_admin", "invitation_reminders_admin"),
        ),
    ),
    ("courses_admin.index", _l("Training"), TRAINING),
    ("teaching.index", _l("My runs"), ("teaching", "participants", "run_certificates", "run_results", "marking", "run_material")),
    ("plans.index", _l("Plans"), PLANS),
    ("decisions.index", _l("Decisions"), ("decisions", "decision_work", "decision_weighing", "ideas")),
    ("out_of_step_admin.index", _l("Out of step"), ("out_of_step_admin",)),
    ("community.index", _l("Community"), COMMUNITY),
    ("queue_admin.index", _l("Queue"), ("queue_admin", "quota_requests_admin")),
    ("partners_admin.index", _l("Companies"), ("partners_admin", "imports_admin", *COMMUNITY)),
    ("staff_admin.index", _l("Staff"), ("staff_admin", "territory_admin", "providers_admin", "company_provider_admin")),
    ("catering_admin.index", _l("Food and access"), ("catering_admin",)),
    ("mail_admin.index", _l("Mail"), ("mail_admin",)),
    ("audit_admin.index", _l("Log"), ("audit_admin",)),
    ("privacy_admin.index", _l("Privacy"), ("privacy_admin", "erasing_admin")),
)
# What visitors without a login find in the head.
OPEN = ("overview.home", "courses.index")


# Whose work plans are. An organizer who belongs to a team comes by the link in a mail.
IN_PLANS = frozenset({Role.PARTNER_MANAGER, Role.TRAINER, Role.FINANCE, Role.AUDITOR})


@dataclass(frozen=True)
class NavigationEntry:
    """A link in the page head."""

    label: str
    url: str
    active: bool


def init_navigation(app: Flask) -> None:
    """Gives templates `navigation()` and `banners()`."""

    def navigation() -> list[NavigationEntry]:
        """The entries that the visitor may open."""
        if not current_user.is_authenticated:
            # The head is rendered once for all of them, so none of these is the open one.
            return [NavigationEntry(str(label), url_for(endpoint), False) for endpoint, label, _of in ENTRIES if endpoint in OPEN]
        found = []
        for endpoint, label, blueprints in ENTRIES:
            # People of companies hardly ever help with an event: they are not asked for on every page of theirs.
            if endpoint == "overview_admin.index" and viewer().seats and not visitors_roles():
                continue
            # Companies find plans among their own pages; of the vendor's people whoever may be in a team by their role.
            if endpoint == "plans.index" and not visitors_roles() & IN_PLANS:
                continue
            # For whoever looks after companies; others who read them come by the companies' page.
            if endpoint == "out_of_step_admin.index" and not viewer().manages_partners:
                continue
            # Whoever sees all runs finds the own ones among them, and has the catalogue under "Training".
            if endpoint in ("teaching.index", "courses.index") and may_open("courses_admin.index"):
                continue
            # Whoever sees all companies finds the community among their pages.
            if endpoint == "community.index" and may_open("partners_admin.index"):
                continue
            if may_open(endpoint):
                # Beside "Organise": these are the pages that everybody sees.
                text = _("Public events") if endpoint == "overview.home" and visitors_roles() else str(label)
                found.append(NavigationEntry(text, url_for(endpoint), request.blueprint in blueprints))
        return found if len(found) > 1 else []

    def banners() -> list[tuple[str, str, str | None, str | None]]:
        """What an organizer must know on every page."""
        if not current_user.is_authenticated or not Audience.registry["organizer"].admits():
            return []
        stuck = app.extensions["stuck_mail"]()
        if not stuck:
            return []
        one, many = "%(num)s mail is stuck and has not been sent.", "%(num)s mails are stuck and have not been sent."
        text = ngettext(one, many, stuck)
        return [("warning", text, url_for("mail_admin.index", state="stuck"), _("See why"))]

    def demo_mode() -> bool:
        """Whether the demo is loaded. Asked once: it is loaded before the server starts, and never goes away."""
        if app.config["PRODUCTION"] or app.config["TESTING"]:
            return False
        if "demo_mode" not in app.extensions:
            try:
                app.extensions["demo_mode"] = bool(demo_logins())
            except SQLAlchemyError:
                return False
        return bool(app.extensions["demo_mode"])

    app.jinja_env.globals.update(navigation=navigation, banners=banners)
    app.context_processor(lambda: {"demo_mode": demo_mode()})
