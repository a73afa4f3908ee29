"""Who may push: whoever shows the key, or signs the body by Standard Webhooks where a secret is set."""

from fastapi import Request
from pydantic import SecretStr
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError, WebhookVerificationError

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_shared.runtime.problems import Problem, require_key


class Credentials:
    """Checks a request by its key before its body is read, or by its signature after."""

    def __init__(self, api_key: SecretStr, webhook_secret: SecretStr | None) -> None:
        self._check_key = require_key(api_key)
        self._webhook = None if webhook_secret is None else _webhook(webhook_secret)

    async def check_headers(self, request: Request) -> bool:
        """Whether the body must still be checked. Raises a 401 Problem for a request with neither key nor signature."""
        signed = "webhook-signature" in request.headers and "authorization" not in request.headers
        if signed and self._webhook is not None:
            return True
        await self._check_key(request)
        return False

    def check_body(self, request: Request, body: bytes) -> None:
        """Raises a 401 Problem unless the signature is valid, of this body, and not older than five minutes."""
        if self._webhook is None:
            raise AssertionError("a signature is only asked for where a secret is set")
        try:
            self._webhook.verify(body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError, TypeError) as error:  # malformed ones raise what they run into
            raise Problem(401, "the webhook signature is missing a part, too old, or not of this body") from error


def _webhook(secret: SecretStr) -> Webhook:
    try:
        return Webhook(secret.get_secret_value())
    except (EmptyWebhookSecretError, ValueError) as error:
        raise ConfigurationError(
            "FORESHOCK_WEBHOOK_SECRET is no Standard Webhooks secret (whsec_ and base64)"
        ) from error
