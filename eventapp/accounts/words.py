"""What the log calls acts on logins."""

from eventapp.audit.words import declare_acts, declare_fields, declare_kind
from eventapp.core.i18n import _l

declare_acts(
    "user",
    _l("Logins"),
    {
        "added": _l("Added a login"),
        "registered": _l("Registered an account"),
        "granted": _l("Gave a role"),
        "revoked": _l("Took a role away"),
        "disabled": _l("Disabled a login"),
        "enabled": _l("Enabled a login"),
        "password_set": _l("Set a password"),
        "address_asked": _l("Asked to change an address"),
        "address_changed": _l("Changed an address"),
        "passkey_added": _l("Added a passkey"),
        "passkey_named": _l("Renamed a passkey"),
        "passkey_removed": _l("Removed a passkey"),
        "second_factor_on": _l("Turned the second factor on"),
        "second_factor_off": _l("Turned the second factor off"),
        "recovery_code_used": _l("Used a recovery code"),
        "recovery_codes_renewed": _l("Made new recovery codes"),
        "connected": _l("Connected a company login"),
        "disconnected": _l("Disconnected a company login"),
        "signed_in": _l("Signed in"),
        "signed_out": _l("Ended a session"),
        "signed_out_others": _l("Ended all other sessions"),
    },
)
declare_acts(
    "staff",
    _l("Staff"),
    {
        "invited": _l("Invited to work here"),
        "invited_again": _l("Sent an invitation again"),
        "uninvited": _l("Took an invitation back"),
        "accepted": _l("Accepted an invitation"),
    },
)
declare_kind("invitation", _l("Invitation"))
declare_acts(
    "provider",
    _l("Sign-in providers"),
    {
        "added": _l("Added a sign-in provider"),
        "changed": _l("Changed a sign-in provider"),
        "switched_on": _l("Switched a sign-in provider on"),
        "switched_off": _l("Switched a sign-in provider off"),
        "mapped": _l("Gave a group a role"),
        "unmapped": _l("Took a role from a group"),
    },
)
declare_kind("provider", _l("Sign-in provider"))
declare_acts(
    "filter",
    _l("Saved filters"),
    {
        "save": _l("Saved a filter"),
        "change": _l("Changed a saved filter"),
        "delete": _l("Deleted a saved filter"),
    },
)
declare_kind("filter", _l("Saved filter"))
declare_acts("policy", _l("Rules for logins"), {"changed": _l("Changed a rule for logins")})
declare_fields(
    issuer=_l("Issuer"),
    client_id=_l("Client ID"),
    client_secret=_l("Client secret"),
    groups_claim=_l("Claim with the groups"),
    group=_l("Group"),
    provider=_l("Provider"),
    ends_at=_l("Until"),
    role=_l("Role"),
    email=_l("E-mail"),
    methods=_l("Signed in by"),
    label=_l("Name"),
    address=_l("E-mail"),
    shared=_l("Shared"),
)
declare_kind("user", _l("Login"))
declare_kind("policy", _l("Rule"))
