"""The authenticator that the settings choose, configured.

What it guarantees:

- Only the chosen way's library is imported and configured.
- Secrets go to the authenticator and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograder.people.authenticators.members import REFRESH_SECONDS
from autograder.people.authenticators.settings import Way
from autograder.people.membership import Membership
from autograder.sessions.folders import HubFolders

if TYPE_CHECKING:
    from autograder.hub.settings import HubSettings

PASSWORD_BYTES = 5
FIRST_PASSWORD_BYTES = 12
APPROVE = "approve-accounts"


def configure_authenticator(
    c: Any, settings: HubSettings, folders: HubFolders, membership: Membership
) -> None:
    """Set the authenticator in JupyterHub's configuration."""
    c.Authenticator.membership = membership
    c.Authenticator.auth_refresh_age = REFRESH_SECONDS
    c.Authenticator.refresh_pre_spawn = True
    way = Way(settings.authenticator)
    if way in (Way.DEMO, Way.PASSWORD):
        from autograder.people.authenticators.password import (
            DemoAuthenticator,
            PasswordAuthenticator,
        )

        demo = way is Way.DEMO
        c.JupyterHub.authenticator_class = DemoAuthenticator if demo else PasswordAuthenticator
        c.PasswordAuthenticator.password = (
            folders.secret("demo-password", PASSWORD_BYTES) if demo else settings.password.password
        )
    elif way is Way.NATIVE:
        _native(c, settings, folders)
    elif way is Way.LTI:
        _lti(c, settings)
    else:
        _oauth(c, settings)


def _native(c: Any, settings: HubSettings, folders: HubFolders) -> None:
    from autograder.people.authenticators.native import NativeMembers

    native = settings.native
    c.JupyterHub.authenticator_class = NativeMembers
    c.NativeMembers.approvers = list(native.approvers)
    c.NativeMembers.first_password = folders.secret("first-password", FIRST_PASSWORD_BYTES)
    c.NativeMembers.minimum_password_length = native.password_characters
    c.NativeMembers.check_common_password = True
    c.NativeMembers.allowed_failed_logins = native.attempts
    c.NativeMembers.seconds_before_next_try = native.wait_seconds
    role = {
        "name": APPROVE,
        "description": "approve accounts that people signed up for",
        "users": list(native.approvers),
        "scopes": ["admin:users"],
    }
    c.JupyterHub.load_roles = [*c.JupyterHub.load_roles, role]


def _lti(c: Any, settings: HubSettings) -> None:
    from autograder.people.authenticators.lti import LtiMembers

    lti = settings.lti
    c.JupyterHub.authenticator_class = LtiMembers
    c.LtiMembers.issuer = lti.issuer
    c.LtiMembers.authorize_url = lti.authorize_url
    c.LtiMembers.jwks_endpoint = lti.jwks_url
    c.LtiMembers.client_id = set(lti.client_ids)
    c.LtiMembers.username_key = lti.username_claim
    c.LtiMembers.uri_scheme = settings.public_address.partition(":")[0]
    c.LtiMembers.tool_name = "gradlab"
    c.LtiMembers.contexts = {context.id: context.course for context in lti.contexts}


def _oauth(c: Any, settings: HubSettings) -> None:
    from autograder.people.authenticators.oauth import OAuthMembers

    oauth = settings.oauth
    c.JupyterHub.authenticator_class = OAuthMembers
    c.OAuthMembers.login_service = oauth.title
    c.OAuthMembers.client_id = oauth.client_id
    c.OAuthMembers.client_secret = oauth.client_secret
    c.OAuthMembers.authorize_url = oauth.authorize_url
    c.OAuthMembers.token_url = oauth.token_url
    c.OAuthMembers.userdata_url = oauth.userdata_url
    c.OAuthMembers.oauth_callback_url = (
        oauth.callback_url or f"{settings.public_address}hub/oauth_callback"
    )
    c.OAuthMembers.scope = list(oauth.scopes)
    c.OAuthMembers.username_claim = oauth.username_claim
    c.OAuthMembers.groups_claim = oauth.groups_claim
    c.OAuthMembers.claims = list(oauth.claims)
