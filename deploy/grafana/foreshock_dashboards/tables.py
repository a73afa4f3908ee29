"""What Postgres tells, as tables: incidents, how far ahead their first word was, stories, deliveries."""

from typing import Final

from foreshock_dashboards.looks import GREY, STATUSES, URGENCIES, Colours, mapped
from foreshock_dashboards.panels import Panel, rows

KINDS: Final[Colours] = {"shock": "red", "lift": "green"}
STATES: Final[Colours] = {
    "delivered": "green",
    "pending": "yellow",
    "in_flight": "yellow",
    "failed": "red",
    "collected": GREY,
    "suppressed": GREY,
    "superseded": GREY,
}

INCIDENTS: Final = """\
SELECT opened_at AS "opened", status, urgency, headline, array_to_string(topics, ', ') AS topics,
       array_to_string(rules, ', ') AS rules, origins, revision, last_post_at AS "last post"
FROM notify.incidents
ORDER BY opened_at DESC
LIMIT 25
"""
LEAD_TIMES: Final = """\
SELECT i.opened_at AS "opened", i.headline,
       extract(epoch FROM min(r.decided_at) FILTER (WHERE r.data->>'status' = 'corroborated') - i.opened_at)::float8
           AS "until corroborated",
       extract(epoch FROM min(r.decided_at) FILTER (WHERE r.data->>'status' = 'official') - i.opened_at)::float8
           AS "until official"
FROM notify.incidents AS i JOIN notify.revisions AS r ON r.incident_id = i.id
GROUP BY i.id, i.opened_at, i.headline
ORDER BY i.opened_at DESC
LIMIT 15
"""
STORIES: Final = """\
SELECT last_seen AS "last post", CASE WHEN lifts THEN 'lift' WHEN shock THEN 'shock' ELSE '' END AS kind, headline,
       posts, origins, first_seen AS "began"
FROM store.stories
WHERE merged_into IS NULL AND last_seen > now() - interval '1 day'
ORDER BY shock DESC, origins DESC, last_seen DESC
LIMIT 15
"""
DELIVERIES: Final = """\
SELECT d.created_at AS "made", d.receiver, d.kind, d.state, d.attempt AS attempts, i.headline, d.revision,
       d.last_error AS "last error"
FROM notify.deliveries AS d LEFT JOIN notify.incidents AS i ON i.id = d.incident_id
ORDER BY d.created_at DESC
LIMIT 25
"""


def _words(colours: Colours, cell: str) -> dict[str, object]:
    """A column of words with a colour each."""
    return {
        "mappings": [mapped({word: (word, colour) for word, colour in colours.items()})],
        "custom.cellOptions": {"type": cell, "mode": "basic"},
    }


_AGO: Final = {"unit": "dateTimeFromNow", "custom.width": 150}


def incidents() -> Panel:
    """The newest incidents."""
    columns: dict[str, dict[str, object]] = {
        "opened": _AGO,
        "status": {"custom.width": 115, **_words(STATUSES, "color-text")},
        "urgency": {"custom.width": 90, "custom.align": "center", **_words(URGENCIES, "color-background")},
        "topics": {"custom.width": 170},
        "rules": {"custom.width": 150},
        "origins": {"custom.width": 75},
        "revision": {"custom.width": 80},
        "last post": _AGO,
    }
    return rows("Recent incidents", INCIDENTS, "The last 25, from Postgres.", columns=columns, height=10)


def lead_times() -> Panel:
    """How long before others the first word was."""
    columns: dict[str, dict[str, object]] = {
        "opened": _AGO,
        "until corroborated": {"unit": "s", "custom.width": 140},
        "until official": {"unit": "s", "custom.width": 120},
    }
    about = (
        "How long after the first word of an incident it was corroborated, and official: what those who act on the "
        "first word have gained. Empty: not so yet."
    )
    return rows("Lead times", LEAD_TIMES, about, columns=columns, width=12)


def stories() -> Panel:
    """What is told now, whether anybody is alerted of it or not."""
    columns: dict[str, dict[str, object]] = {
        "last post": _AGO,
        "kind": {"custom.width": 65, **_words(KINDS, "color-text")},
        "posts": {"custom.width": 65},
        "origins": {"custom.width": 75},
        "began": _AGO,
    }
    return rows("Stories now", STORIES, "Of the last 24 hours: shocks, then what most tell.", columns=columns, width=12)


def deliveries() -> Panel:
    """The newest deliveries."""
    columns: dict[str, dict[str, object]] = {
        "made": _AGO,
        "receiver": {"custom.width": 130},
        "kind": {"custom.width": 90},
        "state": {"custom.width": 100, **_words(STATES, "color-text")},
        "attempts": {"custom.width": 80},
        "revision": {"custom.width": 80},
        "last error": {"custom.width": 260},
    }
    return rows("Recent deliveries", DELIVERIES, "The last 25, from Postgres.", columns=columns, height=10)
