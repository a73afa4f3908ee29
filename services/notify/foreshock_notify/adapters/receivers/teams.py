"""Microsoft Teams: an Adaptive Card to the webhook of a workflow ("when a Teams webhook request is received").

Text stands in text runs, which know no Markdown and no mentions. A message may have about 28 KB with everything in it;
we stay well below, since it is counted after the workflow has wrapped it.
"""

import ssl
from typing import Any, Final

from foreshock_notify.adapters.receivers.channel import Channel, PostChannel, encoded
from foreshock_notify.adapters.receivers.looks import is_over, severity
from foreshock_notify.adapters.receivers.wire import Reply
from foreshock_notify.adapters.templates import Wording
from foreshock_notify.domain.notification import Notification
from foreshock_notify.domain.receivers import Receiver
from foreshock_notify.domain.retry import Answer, Reason
from foreshock_notify.domain.wording import Piece, Text, cut, cut_plain, safe_url

TITLE_LIMIT: Final = 500
BODY_LIMIT: Final = 12_000
"""Bytes of the body's runs as JSON."""

_COLOURS: Final = {"critical": "attention", "error": "attention", "warning": "warning", "info": "default"}


def payload(wording: Wording, notification: Notification) -> dict[str, Any]:
    """A message with one card."""
    message = wording.write(notification)
    title = cut_plain(message.title, TITLE_LIMIT)
    heading = {
        "type": "TextRun",
        "text": title,
        "weight": "bolder",
        "size": "large",
        "color": "good" if is_over(notification) else _COLOURS[severity(notification)],
    }
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": title,
        "body": [
            {"type": "RichTextBlock", "inlines": [heading]},
            *_paragraphs(cut(message.body, BODY_LIMIT, lambda text: len(encoded(_paragraphs(text))))),
        ],
        "msteams": {"width": "Full"},
    }
    link = notification.data.links.incident
    if link and (safe := safe_url(link)):
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the incident", "url": safe}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def read(reply: Reply) -> Answer:
    """What a workflow's answer means: 202 is a success; a workflow that is off or gone says so in its error's code."""
    error = reply.json().get("error")
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    if code.startswith("Workflow") and reply.status in {400, 401, 403, 404}:
        return reply.answer(Reason.MISCONFIGURED)
    return reply.answer(Reason.REJECTED if reply.status in {400, 413} else None)


def channel(receiver: Receiver, tls: ssl.SSLContext) -> Channel:
    """A workflow's webhook."""
    wording = Wording(receiver.template)
    return PostChannel(receiver, tls, lambda notification: encoded(payload(wording, notification)), read)


def _paragraphs(text: Text) -> list[dict[str, Any]]:
    """A block for each line: runs break no lines on every client."""
    lines: list[list[Piece]] = [[]]
    for piece in text:
        first, *others = piece.text.split("\n")
        lines[-1].append(Piece(first, piece.bold, piece.url))
        lines += [[Piece(line, piece.bold, piece.url)] for line in others]
    return [
        {"type": "RichTextBlock", "inlines": [_run(piece) for piece in line if piece.text]}
        for line in lines
        if any(piece.text.strip() for piece in line)
    ]


def _run(piece: Piece) -> dict[str, Any]:
    run: dict[str, Any] = {"type": "TextRun", "text": piece.text}
    if piece.bold:
        run["weight"] = "bolder"
    if piece.url:
        run["selectAction"] = {"type": "Action.OpenUrl", "url": piece.url}
    return run
