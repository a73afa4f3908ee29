"""Rules files as people write them one after the other: some good, some broken."""

import json
from typing import Any, Final

SECRET_ENV: Final = "RECEIVERS_SECRET"
"""The variable that holds the secret of all receivers."""

RECEIVERS: Final = ("desk", "night", "board", "boss", "slow")


def _rule(name: str, *send_to: str, **what: Any) -> dict[str, Any]:
    return {"name": name, "when": what.pop("when", {"shock": True}), "send_to": list(send_to), **what}


def _webhook(name: str) -> dict[str, Any]:
    return {"name": name, "url": f"https://{name}.example.org", "secret_env": SECRET_ENV}


_WHO_SHOW_ACKNOWLEDGEMENTS: Final[dict[str, dict[str, Any]]] = {
    "desk": {"name": "desk", "format": "slack", "token_env": SECRET_ENV, "channel": "C1"},
    "boss": {"name": "boss", "format": "pagerduty", "token_env": SECRET_ENV},
}


def _file(*rules: dict[str, Any], without: str = "") -> str:
    names = [name for name in RECEIVERS if name != without]
    receivers = [_WHO_SHOW_ACKNOWLEDGEMENTS.get(name) or _webhook(name) for name in names]
    return json.dumps({"receivers": receivers, "rules": list(rules)})


_PLAIN: Final = _rule("plain", "desk", escalate=[{"after": "15m", "to": ["boss"]}])
_NIGHT: Final = {"from": "20:00", "to": "07:00"}
_NIGHTLY: Final = _rule("nightly", "night", quiet=_NIGHT, digest={"at": ["08:00"]})
_SPARING: Final = _rule("sparing", "board", throttle={"most": 1, "per": "1h"})
_SLOW: Final = _rule("slow", "slow", **{"for": "5m"})
_TWICE: Final = _rule("twice", "board", when={"shock": True, "min_origins": 2})
_BURST: Final = {"of": ["policy"], "factor": 1.5, "within": "1h", "over": "1d", "at_least": 2}

FIRST: Final = _file(_PLAIN, _NIGHTLY, _SPARING, _SLOW)
TEXTS: Final = (
    FIRST,
    _file(_rule("plain", "desk", "slow"), _SPARING, _rule("many", "night", when={"burst": _BURST})),
    _file(_PLAIN, _rule("nightly", "night", "board", digest={"every": "6h"})),
    _file(_rule("plain", "desk", "night"), _TWICE, without="slow"),
    _file(_rule("plain", "nobody")),
    FIRST[:-40],
    "receivers: [",
)
"""The last three are broken."""
