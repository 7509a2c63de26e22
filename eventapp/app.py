"""Wiring: settings, core, then the features in their order. The only place that knows them all."""

from importlib import import_module
from typing import Any

from flask import Blueprint, Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from eventapp.accounts.lists.views import init_lists
from eventapp.accounts.security import init_accounts
from eventapp.core.assets import init_assets
from eventapp.core.engine import engine_options, init_db
from eventapp.core.i18n import init_i18n
from eventapp.core.jobs import init_jobs
from eventapp.core.log import init_log
from eventapp.core.web.audiences import require_audiences
from eventapp.core.web.errors import init_errors
from eventapp.core.web.headers import init_headers
from eventapp.core.web.identifiers import init_identifiers
from eventapp.core.web.requests import init_requests
from eventapp.core.web.templates import Templates, init_templates
from eventapp.navigation import init_navigation
from eventapp.overview.company import init_company_sections
from eventapp.overview.plan_readers import init_plan_readers
from eventapp.partners.company.acting import init_acting
from eventapp.partners.walls import init_walls
from eventapp.settings import ROOT, Settings

BLUEPRINTS = (
    "eventapp.mail.admin",
    "eventapp.audit.admin",
    "eventapp.accounts.views",
    "eventapp.accounts.lists.views",
    "eventapp.accounts.staff.admin",
    "eventapp.accounts.staff.views",
    "eventapp.accounts.oidc.views",
    "eventapp.accounts.oidc.admin",
    "eventapp.partners.admin",
    "eventapp.partners.joining.views",
    "eventapp.partners.joining.admin",
    "eventapp.partners.imports.admin",
    "eventapp.partners.territory.admin",
    "eventapp.partners.providers.views",
    "eventapp.partners.providers.admin",
    "eventapp.partners.relationships.admin",
    "eventapp.partners.company.acting",
    "eventapp.partners.company.people",
    "eventapp.partners.company.confirming",
    "eventapp.partners.company.admins",
    "eventapp.partners.company.profile",
    "eventapp.partners.company.requests",
    "eventapp.partners.company.log",
    "eventapp.events.views",
    "eventapp.events.admin",
    "eventapp.events.staff.admin",
    "eventapp.questions.admin",
    "eventapp.questions.library_admin",
    "eventapp.registrations.views",
    "eventapp.registrations.link",
    "eventapp.registrations.own",
    "eventapp.registrations.answers.own",
    "eventapp.registrations.answers.admin",
    "eventapp.registrations.admin",
    "eventapp.registrations.approving_admin",
    "eventapp.registrations.desk.admin",
    "eventapp.registrations.desk.bulk_admin",
    "eventapp.registrations.waiting.admin",
    "eventapp.registrations.messages.admin",
    "eventapp.registrations.imports.admin",
    "eventapp.registrations.no_shows.admin",
    "eventapp.registrations.walk_ins.admin",
    "eventapp.registrations.plus_ones.views",
    "eventapp.registrations.tester_admin",
    "eventapp.registrations.fairness.views",
    "eventapp.registrations.invitations.views",
    "eventapp.registrations.invitations.admin",
    "eventapp.registrations.invitations.batch_admin",
    "eventapp.registrations.invitations.reminder_admin",
    "eventapp.registrations.invitations.company",
    "eventapp.registrations.quota_requests.views",
    "eventapp.registrations.quota_requests.admin",
    "eventapp.registrations.company.views",
    "eventapp.registrations.company.leaving",
    "eventapp.registrations.blocks.admin",
    "eventapp.registrations.blocks.views",
    "eventapp.training.catalogue.admin",
    "eventapp.training.certificates.verifying",
    "eventapp.training.certificates.badge_documents",
    "eventapp.training.certificates.own",
    "eventapp.training.certificates.by_link",
    "eventapp.training.certificates.company",
    "eventapp.training.certificates.teaching",
    "eventapp.training.certificates.admin",
    "eventapp.training.programme.admin",
    "eventapp.training.programme.company",
    "eventapp.training.programme.counting",
    "eventapp.training.runs.admin",
    "eventapp.training.runs.teaching",
    "eventapp.training.enrolling.participants",
    "eventapp.training.catalogue.materials_admin",
    "eventapp.training.catalogue.credentials_admin",
    "eventapp.training.catalogue.calendars",
    "eventapp.training.catalogue.own_material",
    "eventapp.training.catalogue.run_material",
    "eventapp.training.catalogue.interest.views",
    "eventapp.training.catalogue.interest.admin",
    "eventapp.training.attendance.views",
    "eventapp.training.attendance.roll_views",
    "eventapp.training.attendance.sheet_views",
    "eventapp.training.attendance.unmatched_views",
    "eventapp.training.attendance.reports.views",
    "eventapp.training.assessing.own",
    "eventapp.training.assessing.attempts.views",
    "eventapp.training.assessing.exercises.views",
    "eventapp.training.assessing.exercises.marking",
    "eventapp.training.assessing.exercises.rubric_admin",
    "eventapp.training.assessing.feedback.views",
    "eventapp.training.assessing.questions.admin",
    "eventapp.training.assessing.results.teaching",
    "eventapp.training.assessing.results.admin",
    "eventapp.groups.admin",
    "eventapp.groups.board_admin",
    "eventapp.groups.placing_admin",
    "eventapp.groups.rules_admin",
    "eventapp.groups.material_admin",
    "eventapp.groups.lists_admin",
    "eventapp.groups.telling_admin",
    "eventapp.groups.views",
    "eventapp.agenda.public.files",
    "eventapp.agenda.own.views",
    "eventapp.agenda.joining.views",
    "eventapp.agenda.joining.admin",
    "eventapp.agenda.feedback.views",
    "eventapp.agenda.feedback.admin",
    "eventapp.agenda.greetings.views",
    "eventapp.agenda.greetings.admin",
    "eventapp.agenda.content.admin",
    "eventapp.agenda.imports.admin",
    "eventapp.agenda.calls.admin",
    "eventapp.agenda.calls.views",
    "eventapp.agenda.calls.speaking",
    "eventapp.agenda.content.catalogue_admin",
    "eventapp.agenda.content.speakers_admin",
    "eventapp.agenda.own.admin",
    "eventapp.agenda.own.company",
    "eventapp.agenda.timetable.admin",
    "eventapp.agenda.releases.admin",
    "eventapp.agenda.releases.views",
    "eventapp.plans.views",
    "eventapp.plans.founding.views",
    "eventapp.plans.founding.admin",
    "eventapp.plans.content.views",
    "eventapp.plans.teams.views",
    "eventapp.plans.delegations.views",
    "eventapp.plans.workshop.planning.views",
    "eventapp.plans.workshop.dates.views",
    "eventapp.plans.workshop.agenda.views",
    "eventapp.plans.workshop.preparing.views",
    "eventapp.plans.workshop.pack.views",
    "eventapp.plans.signing.views",
    "eventapp.plans.documents.views",
    "eventapp.plans.exports.views",
    "eventapp.plans.portfolio.views",
    "eventapp.plans.actions.views",
    "eventapp.plans.actuals.views",
    "eventapp.plans.notes.views",
    "eventapp.plans.comments.views",
    "eventapp.plans.files.views",
    "eventapp.plans.funds.views",
    "eventapp.plans.funds.claim_views",
    "eventapp.plans.sharing.views",
    "eventapp.plans.suspending.views",
    "eventapp.plans.decisions.views",
    "eventapp.plans.room.views",
    "eventapp.plans.reviews.views",
    "eventapp.plans.room.swot_views",
    "eventapp.plans.room.outcome_views",
    "eventapp.plans.room.closing_views",
    "eventapp.plans.changes.views",
    "eventapp.plans.amending.views",
    "eventapp.plans.completing.views",
    "eventapp.plans.following.views",
    "eventapp.plans.room.live",
    "eventapp.decisions.views",
    "eventapp.decisions.work",
    "eventapp.decisions.weighing",
    "eventapp.decisions.ideas.views",
    "eventapp.community.directory.views",
    "eventapp.community.directory.own",
    "eventapp.community.directory.interests_admin",
    "eventapp.community.meetings.views",
    "eventapp.community.onboarding.views",
    "eventapp.community.onboarding.admin",
    "eventapp.community.buddies.views",
    "eventapp.community.buddies.admin",
    "eventapp.privacy.views",
    "eventapp.privacy.admin",
    "eventapp.privacy.catering_admin",
    "eventapp.lifecycle.admin",
    "eventapp.lifecycle.admission.admin",
    "eventapp.lifecycle.erasing_admin",
    "eventapp.lifecycle.merging.admin",
    "eventapp.lifecycle.moving.admin",
    "eventapp.lifecycle.converting.admin",
    "eventapp.overview.views",
    "eventapp.overview.admin",
    "eventapp.overview.company_home",
    "eventapp.overview.out_of_step.admin",
    "eventapp.overview.out_of_step.company",
)

# What the log calls their acts, fields and objects.
WORDS = (
    "mail",
    "accounts",
    "partners",
    "events",
    "questions",
    "registrations",
    "registrations.blocks",
    "registrations.invitations",
    "agenda",
    "agenda.calls",
    "agenda.timetable",
    "agenda.releases",
    "groups",
    "training",
    "training.programme",
    "training.catalogue",
    "training.catalogue.interest",
    "training.runs",
    "training.attendance",
    "training.certificates",
    "training.enrolling",
    "training.assessing",
    "agenda.own",
    "agenda.joining",
    "agenda.feedback",
    "agenda.greetings",
    "plans",
    "decisions",
    "decisions.ideas",
    "privacy",
    "community",
    "lifecycle",
    "overview",
)

MEGABYTE = 1024 * 1024


def create_app(settings: Settings | None = None, *, pages: bool = True, **overrides: Any) -> Flask:
    """The application. `overrides` go into Flask's config last, for tests.

    Without `pages` it has none, and so no links either: for commands that only read, which then carry 10 MB less.

    Raises `SettingsError` for an unsafe configuration and RuntimeError for a route without an audience.
    """
    settings = settings or Settings.from_environ()
    app = Flask(
        "eventapp", root_path=str(ROOT / "eventapp"), template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    app.jinja_environment = Templates
    app.config.update(_config(settings))
    app.config.update(overrides)
    init_log(json_lines=settings.production)
    if settings.proxies:
        n = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    init_identifiers(app)
    init_errors(app)
    init_db(app)
    init_jobs(app, settings)
    init_i18n(app)
    init_assets(app)
    init_templates(app, settings)
    init_headers(app, settings.production)
    CSRFProtect(app)
    init_accounts(app)
    init_requests(app)
    init_walls(app)
    init_lists(app)
    if pages:
        _init_pages(app)
    return app


def _init_pages(app: Flask) -> None:
    """Registers all pages, in the order of their features."""
    Bootstrap5(app)
    for feature in WORDS:
        import_module(f"eventapp.{feature}.words")
    for name in BLUEPRINTS:
        blueprint = import_module(name).blueprint
        assert isinstance(blueprint, Blueprint)
        app.register_blueprint(blueprint)
    init_navigation(app)
    init_acting(app)
    init_company_sections(app)
    init_plan_readers(app)
    require_audiences(app)


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SETTINGS": settings,
        "DEBUG": settings.debug,
        "SECRET_KEY": settings.secret_key,
        "BASE_URL": settings.base_url,
        "PRODUCTION": settings.production,
        "PROPAGATE": False,
        "MIGRATIONS": str(ROOT / "eventapp" / "migrations"),
        "TRUSTED_HOSTS": settings.trusted_hosts,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.base_url.startswith("https://"),
        "SESSION_COOKIE_NAME": "__Host-eventapp" if settings.base_url.startswith("https://") else "eventapp",
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": settings.base_url.startswith("https://"),
        # A token lives as long as the session: a form left open over lunch can still be sent.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "MAX_CONTENT_LENGTH": MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": MEGABYTE,
        "MAX_FORM_PARTS": 5000,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_DEFAULT_LOCALE": "en",
        "JSON_SORT_KEYS": False,
    }
