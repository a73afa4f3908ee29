"""The receivers of rules.yaml: what an entry may say, what is wrong with it, and the receiver that it stands for.

URLs and secrets may stand in the environment; a variable that is not set is a fault like any other.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from foreshock_notify.domain.receivers import Format, Receiver
from foreshock_notify.domain.rules import RuleName

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  the prefix is no secret
SECRET_BYTES: Final = range(24, 65)

_EXAMPLE: Final = f"make one with: echo {SECRET_PREFIX}$(head -c 32 /dev/urandom | base64)"


class ReceiverEntry(BaseModel):
    """A receiver as the file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: RuleName
    url: str | None = None
    url_env: str | None = None
    secret_env: str | None = None
    format: Format = Format.WEBHOOK
    allow_private_addresses: bool = False


def wrong(entry: ReceiverEntry, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What keeps an entry from being used: the key, and why."""
    if (entry.url is None) == (entry.url_env is None):
        yield "url", "give either url or url_env (the name of an environment variable that holds it)"
    elif entry.url_env is not None and not environment.get(entry.url_env):
        yield "url_env", f"the environment variable {entry.url_env} is not set; set it to the receiver's URL"
    elif not _url(entry, environment).startswith(("http://", "https://")):
        yield "url" if entry.url_env is None else "url_env", "must be an http:// or https:// URL"
    if entry.secret_env is None:
        yield "secret_env", f"is missing: webhooks are signed. Name an environment variable for the secret; {_EXAMPLE}"
    elif not environment.get(entry.secret_env, "").split():
        yield "secret_env", f"the environment variable {entry.secret_env} is not set; {_EXAMPLE}"
    elif not all(map(_usable, environment[entry.secret_env].split())):
        bounds = f"{SECRET_BYTES.start} to {SECRET_BYTES.stop - 1} bytes"
        yield "secret_env", f"{entry.secret_env} holds no secret of {bounds} in base64; {_EXAMPLE}"


def resolve(entry: ReceiverEntry, environment: Mapping[str, str]) -> Receiver:
    """The receiver of an entry that nothing is wrong with."""
    secrets = environment[entry.secret_env or ""].split()
    return Receiver(
        name=entry.name,
        format=entry.format,
        url=SecretStr(_url(entry, environment)),
        secrets=tuple(map(SecretStr, secrets)),
        allow_private_addresses=entry.allow_private_addresses,
    )


def _url(entry: ReceiverEntry, environment: Mapping[str, str]) -> str:
    return (entry.url or environment[entry.url_env or ""]).strip()


def _usable(secret: str) -> bool:
    plain = secret.removeprefix(SECRET_PREFIX)
    try:
        return len(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)) in SECRET_BYTES
    except (binascii.Error, ValueError):
        return False
