"""Signing in at a provider, coming back from it, and the providers that one's login is connected with."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.models import User
from eventapp.accounts.oidc import client, flow, queries, service
from eventapp.accounts.oidc.client import ProviderError
from eventapp.accounts.oidc.companies import COMPANIES
from eventapp.accounts.oidc.flow import Flow
from eventapp.accounts.oidc.forms import ComeBackForm, LeaveForm
from eventapp.accounts.oidc.rules import BY_COMPANY_PROVIDER, BY_STAFF_PROVIDER, Provider, Said, said
from eventapp.accounts.permissions import roles_of
from eventapp.accounts.session_cookie import enter, first_step_done, me, proven, target_or_home
from eventapp.accounts.throttling import count_try, forgive_try
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public, signed_in

blueprint = Blueprint("oidc", __name__)


@blueprint.route("/login/oidc/<slug:provider_key>", methods=["GET", "POST"])
@public
def sign_in(provider_key: str) -> ResponseReturnValue:
    """Goes to a provider of the vendor's by its button; the page is for links to it.

    Companies' providers are found by an address alone: their names say which companies there are.
    """
    provider = queries.usable(provider_key)
    if not provider.for_staff:
        raise NotFoundError(provider_key)
    if current_user.is_authenticated:
        return redirect(target_or_home(request.values.get("next")))
    form = LeaveForm(next=request.args.get("next"))
    if form.validate_on_submit():
        return flow.leave(provider, form.next.data)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/oidc/sign_in.html", form=form, provider=provider, has_errors=form.refused), status


@blueprint.route("/login/oidc/<slug:provider_key>/callback", methods=["GET", "POST"])
@public
def come_back(provider_key: str) -> ResponseReturnValue:
    """Back from the provider. A GET never writes, so a page sends on what came, by itself where there is JavaScript."""
    if request.method == "GET":
        begun = flow.kept(provider_key)
        if begun is None:
            return _too_old()
        provider = queries.usable(provider_key)
        came = {name: request.args.get(name, "") for name in ("state", "code", "error", "iss")}
        form = ComeBackForm(formdata=None, once_key=begun.state, **came)
        return render_template("accounts/oidc/come_back.html", form=form, provider=provider)
    form = ComeBackForm()
    if not form.validate() or form.once_key.data != form.state.data:
        return _too_old()
    begun = flow.used(provider_key, form.state.data or "")
    if begun is None:
        return _too_old()
    provider = queries.usable(provider_key)
    connects = me() if current_user.is_authenticated and begun.user == me().fs_uniquifier and proven() else None
    if begun.user is not None and connects is None:
        return _too_old()
    back = url_for(".mine") if connects is not None else None
    if form.error.data:
        if form.error.data == "access_denied":
            flash(_("You did not log in at %(label)s.", label=provider.label), "info")
            return redirect(back or url_for("security.login", next=begun.target))
        return flow.give_up(provider, ProviderError("untrusted", f"error {form.error.data}"), begun.target, back=back)
    try:
        who = _checked(provider, begun, form)
    except ProviderError as error:
        return flow.give_up(provider, error, begun.target, back=back)
    return _connected(provider, who, form) if connects is not None else _entered(provider, who, begun, form)


def _checked(provider: Provider, begun: Flow, form: ComeBackForm) -> Said:
    """What the provider says, checked. Raises `ProviderError`, and `TooManyTries`."""
    # RFC 9207: an answer that names its issuer must come from this one.
    if form.iss.data and form.iss.data != provider.issuer:
        raise ProviderError("untrusted", "the answer names another issuer")
    if not form.code.data:
        raise ProviderError("untrusted", "no code")
    at = count_try("oidc", None)
    claims = client.redeem(
        provider,
        code=form.code.data,
        redirect_uri=flow.redirect_uri(provider.key),
        nonce=begun.nonce,
        verifier=begun.verifier,
        at=at,
        production=flow.production(),
    )
    with saving():
        forgive_try("oidc", None, at)
        forgive_try("oidc", None, flow.began(begun, at))
    try:
        return said(claims, provider.groups_claim)
    except ValueError as error:
        raise ProviderError("untrusted", str(error)) from error


def _entered(provider: Provider, who: Said, begun: Flow, form: ComeBackForm) -> ResponseReturnValue:
    user: User | None = None
    with saving(form) as saved:
        user = service.sign_in(provider, who, at=now())
        saved.location = target_or_home(begun.target)
    if not saved.ok or user is None:
        flash(saved.error.message if saved.error else _("Try again."), "warning")
        return redirect(url_for("security.login", next=begun.target))
    if provider.for_staff:
        return enter(user, BY_STAFF_PROVIDER, begun.target)
    # A company's provider is one factor: who has set up a second one here is asked for it.
    return first_step_done(user, BY_COMPANY_PROVIDER, begun.target)


def _connected(provider: Provider, who: Said, form: ComeBackForm) -> ResponseReturnValue:
    with saving(form) as saved:
        service.connect(me(), provider, who, at=now())
        saved.location = url_for(".mine")
    if saved.ok:
        flash(_("Connected. From now on you can log in at %(label)s.", label=provider.label), "success")
    else:
        flash(saved.error.message if saved.error else _("Try again."), "warning")
    return redirect(url_for(".mine"))


def _too_old() -> ResponseReturnValue:
    flash(_("This log in was begun too long ago, in another window, or was finished already. Begin again."), "warning")
    return redirect(url_for("security.login"))


@blueprint.get("/account/providers")
@signed_in
def mine() -> ResponseReturnValue:
    """The providers that one's login is connected with, and those that it can be connected with."""
    rows = queries.connected(me())
    taken = {row.key for row in rows}
    offered = [(key, label) for key, label in _offered() if key not in taken]
    return render_template("accounts/oidc/mine.html", rows=rows, offered=offered)


def _offered() -> list[tuple[str, str]]:
    """Keys and labels of the providers that the visitor's login may be connected with."""
    user, at = me(), now()
    ids = [found for companies in COMPANIES for found in companies.providers_of(user, at=at)]
    return queries.offered(ids, with_staff=bool(roles_of(user, at)))


@blueprint.post("/account/providers/<slug:provider_key>/connect")
@signed_in
def connect(provider_key: str) -> ResponseReturnValue:
    """Goes to the provider, to connect one's login with who one is there."""
    if provider_key not in dict(_offered()):
        raise NotFoundError(provider_key)
    provider = queries.usable(provider_key)
    if not proven():
        return redirect(url_for("accounts.confirm", next=url_for(".mine")))
    return flow.leave(provider, None, connects=me())


@blueprint.post("/account/providers/<id:identity_id>/disconnect")
@signed_in
def disconnect(identity_id: int) -> ResponseReturnValue:
    """Ends a connection, unless one could not log in any more."""
    if not proven():
        return redirect(url_for("accounts.confirm", next=url_for(".mine")))
    with saving(ActionForm()) as saved:
        service.disconnect(me(), identity_id, at=now())
        saved.location = url_for(".mine")
    flash(saved.error.message if saved.error else _("Disconnected."), "warning" if saved.error else "success")
    return redirect(url_for(".mine"))
