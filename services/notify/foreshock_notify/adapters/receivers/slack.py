"""Slack, in two ways: a channel's incoming webhook, or a bot's token and a channel.

A webhook gets a message for each revision. A bot posts one message for an incident, remembers it, edits it at each
revision (`chat.update`), and says in its thread when the status or the urgency has changed; that somebody has taken the
incident on is an edit alone. A message that can no longer be edited is posted anew.

Text stands in plain and rich text blocks, where no markup is read and nobody is mentioned. Limits: header 150
characters, 3000 in the body, so that the whole stays far below what a message may have.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from foreshock_notify.adapters.receivers import slack_errors
from foreshock_notify.adapters.receivers.channel import Channel, Handle, PostChannel, encoded
from foreshock_notify.adapters.receivers.looks import only_acknowledges
from foreshock_notify.adapters.templates import Message, Wording
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer
from foreshock_notify.domain.wording import Piece, Text, cut, cut_plain, plain, utf16

API: Final = "https://slack.com/api"
HEADER_LIMIT: Final = 150
BODY_LIMIT: Final = 3_000


def payload(wording: Wording, notification: Notification) -> dict[str, Any]:
    """A message. `text` is what a screen reader and a push notification say."""
    message = wording.write(notification)
    return {
        "text": _escaped(message.title),
        "blocks": [
            {"type": "header", "text": _plain(cut_plain(message.title, HEADER_LIMIT))},
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": _elements(message)}]},
            {"type": "context", "elements": [_plain(f"Foreshock, revision {notification.data.revision}")]},
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def thread_payload(wording: Wording, notification: Notification) -> dict[str, Any]:
    """A message with what a bot needs beside it: what is told in the thread, and what that depends on."""
    data = notification.data
    if only_acknowledges(notification):
        return {"message": _unformatted(wording, notification)}
    told = f"Now {data.status.value}, urgency {data.urgency.value}: {wording.write(notification).title}"
    return {
        "message": _unformatted(wording, notification),
        "reply": _escaped(told),
        "standing": f"{data.status.value} {data.urgency.value}",
    }


def _unformatted(wording: Wording, notification: Notification) -> dict[str, Any]:
    return payload(wording, notification) | {"parse": "none", "link_names": False}


def channel(receiver: Receiver, tls: ssl.SSLContext) -> Channel:
    """A bot where there is a token, else an incoming webhook."""
    wording = Wording(receiver.template)
    if receiver.token is None:
        return PostChannel(receiver, tls, lambda told: encoded(payload(wording, told)), slack_errors.read_webhook)
    return Bot(receiver, tls, wording)


class Bot(PostChannel):
    """A bot that keeps one message for each incident."""

    def __init__(self, receiver: Receiver, tls: ssl.SSLContext, wording: Wording) -> None:
        super().__init__(receiver, tls, lambda told: encoded(thread_payload(wording, told)))
        self._channel = receiver.channel

    async def send(self, headers: Mapping[str, str], body: bytes, handle: Handle) -> Answer:
        """Post, or edit what was posted and say in the thread what has changed."""
        told = {**(handle or {}), **json.loads(body)}
        if handle is not None:
            answer = await self._edit(headers, told, handle)
            if not slack_errors.is_lost(answer):
                return answer
        return await self._call(headers, "chat.postMessage", {"channel": self._channel, **told["message"]}, told)

    async def _edit(self, headers: Mapping[str, str], told: dict[str, Any], handle: Mapping[str, str]) -> Answer:
        ours = {"channel": handle["channel"], "ts": handle["ts"]}
        edited = await self._call(headers, "chat.update", ours | told["message"], told)
        if edited.error is not None or "reply" not in told or handle.get("standing") == told["standing"]:
            return edited
        reply = {
            "channel": handle["channel"],
            "thread_ts": handle["ts"],
            "text": told["reply"],
            "parse": "none",
            "link_names": False,
            "unfurl_links": False,
        }
        replied = await self._call(headers, "chat.postMessage", reply, told)
        return edited if replied.error is None else replied

    async def _call(
        self, headers: Mapping[str, str], method: str, arguments: dict[str, Any], told: dict[str, Any]
    ) -> Answer:
        named = dict(headers) | {"content-type": "application/json; charset=utf-8"}
        answer = await self.wire.post(
            f"{self.url.rstrip('/')}/{method}", named, encoded(arguments), slack_errors.read_api
        )
        if answer.handle is None:
            return answer
        return replace(answer, handle={**answer.handle, "standing": told["standing"]})


def _elements(message: Message) -> list[dict[str, Any]]:
    body = cut(message.body, BODY_LIMIT, lambda text: utf16(plain(text)))
    return [_element(piece) for piece in body if piece.text] or [{"type": "text", "text": message.title}]


def _element(piece: Piece) -> dict[str, Any]:
    if piece.url:
        return {"type": "link", "url": piece.url, "text": piece.text}
    element: dict[str, Any] = {"type": "text", "text": piece.text}
    return element | {"style": {"bold": True}} if piece.bold else element


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _escaped(text: str) -> str:
    """Fit for a field that reads markup: its three characters are escaped, and it is cut before."""
    short: Text = cut((Piece(text),), BODY_LIMIT, lambda pieces: utf16(plain(pieces)))
    return plain(short).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
