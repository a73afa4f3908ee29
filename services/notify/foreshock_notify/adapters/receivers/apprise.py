"""Apprise: e-mail and some hundred other services, by one URL that also holds the credentials.

Apprise is a blocking library with connections of its own: it runs in a small pool of threads for each receiver, so that
one that hangs holds up only itself, and an answer is waited for `TIMEOUT`. Its connections are not pinned and follow
the environment's proxies. It says little of why it failed: a status is looked for in what it logs, and nothing else of
that is kept, since it may hold the URL.

It is imported when the first such receiver is opened.
"""

import asyncio
import json
import logging
import re
import ssl
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from foreshock_notify.adapters.receivers.channel import Channel, Handle, encoded
from foreshock_notify.adapters.receivers.looks import is_over, severity
from foreshock_notify.adapters.templates import Wording
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer, Reason
from foreshock_notify.domain.wording import cut, cut_plain, plain, utf16

TIMEOUT: Final = 30.0
TITLE_LIMIT: Final = 250
BODY_LIMIT: Final = 16_384
"""A service with a lower limit has its text cut or split by Apprise itself."""

_KINDS: Final = {"critical": "failure", "error": "failure", "warning": "warning", "info": "info"}
_UNHEARD: Final = logging.NullHandler()
_STATUS: Final = re.compile(r"\berror[=: ]+(\d{3})\b", re.IGNORECASE)


def payload(wording: Wording, notification: Notification) -> dict[str, str]:
    """What Apprise is given."""
    message = wording.write(notification)
    return {
        "title": cut_plain(message.title, TITLE_LIMIT),
        "body": plain(cut(message.body, BODY_LIMIT, lambda text: utf16(plain(text)))) or message.title,
        "notify_type": "success" if is_over(notification) else _KINDS[severity(notification)],
    }


def is_url(url: str) -> bool:
    """Whether Apprise knows what to do with a URL."""
    return _service(url) is not None


class Apprise(Channel):
    """One service behind Apprise."""

    def __init__(self, receiver: Receiver, tls: ssl.SSLContext) -> None:  # noqa: ARG002  it brings its own
        self._wording = Wording(receiver.template)
        self._service = _service(receiver.url.get_secret_value())
        self._threads = ThreadPoolExecutor(receiver.concurrency, f"apprise-{receiver.name}")

    def render(self, notification: Notification) -> bytes:
        """The words."""
        return encoded(payload(self._wording, notification))

    def sign(self, message: UUID, body: bytes, now: datetime) -> dict[str, str]:  # noqa: ARG002  there are no headers
        """Nothing: what it needs is in its URL."""
        return {}

    async def send(self, headers: Mapping[str, str], body: bytes, handle: Handle) -> Answer:  # noqa: ARG002
        """Let Apprise send it, in a thread."""
        waiting = asyncio.get_running_loop().run_in_executor(self._threads, self._notify, json.loads(body))
        try:
            async with asyncio.timeout(TIMEOUT):
                return await waiting
        except TimeoutError:
            return Answer(error=f"no answer within {TIMEOUT:.0f} s", said=Reason.TIMEOUT)

    async def close(self) -> None:
        """Take nothing more; what is under way in a thread ends by its own time-outs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _notify(self, told: dict[str, Any]) -> Answer:
        try:
            result = self._service.notify(**told, body_format="text")
        except Exception as error:  # noqa: BLE001  a plugin may raise anything; that is an answer like any other
            return Answer(error=f"Apprise failed: {type(error).__name__}")
        if result:
            return Answer(200)
        found = [int(status) for entry in result.logs() for status in _STATUS.findall(entry.message)]
        if not found or found[-1] < 300:
            return Answer(error="Apprise could not send it")
        return Answer(found[-1], error=f"Apprise was answered {found[-1]}")


def _service(url: str) -> Any:
    """The service that a URL stands for, None where Apprise knows none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of modules that its plugins fall back to
        import apprise  # noqa: PLC0415  a second and some megabytes that only those pay who use it

        logger = logging.getLogger("apprise")
        logger.propagate = False  # what it says comes with each result
        logger.addHandler(_UNHEARD)
        # Without a time-out of its own it works in the thread that asks it, not in a pool that all receivers share.
        service = apprise.Apprise(asset=apprise.AppriseAsset(service_timeout=0))
        return service if service.add(url) else None
