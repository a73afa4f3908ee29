"""What a policy does, as fields that a program can act on: who acts, how, on what, for whom, from when.

Read from the sentence that speaks most like an act; what the text does not say stays empty rather than guessed.
"""

import calendar
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final

from foreshock_classify import data
from foreshock_classify.domain.cues import Cue
from foreshock_classify.domain.gazetteer import Mention
from foreshock_classify.domain.normalise import Text, fold
from foreshock_classify.domain.terms import Terms
from foreshock_shared.contracts.judgement import Action, Effect, EffectStatus, EntityKind

_TARGETS: Final = 8
_TARGET_KINDS: Final = (EntityKind.MODEL, EntityKind.CHIP, EntityKind.VENDOR)
_MONTHS: Final = [name.lower() for name in calendar.month_name[1:]]
_DATE: Final = re.compile(
    r"\b(?P<iso>20\d\d-\d\d-\d\d)\b"
    rf"|\b(?P<d1>\d{{1,2}}) (?P<m1>{'|'.join(_MONTHS)}) (?P<y1>20\d\d)\b"
    rf"|\b(?P<m2>{'|'.join(_MONTHS)}) (?P<d2>\d{{1,2}}), (?P<y2>20\d\d)\b"
    r"|(?P<y3>20\d\d) ?[年년] ?(?P<m3>\d{1,2}) ?[月월] ?(?P<d3>\d{1,2}) ?[日일]",
    re.IGNORECASE,
)
_ACTS: Final = {"bind": 2, "relax": 2, "tariff": 2, "order": 1, "enact": 1, "now": 1, "audience": 1}
_ACTORS: Final = {
    "government": 2,
    "named_agency": 2,
    "jurisdiction": 2,
    "court": 2,
    "parliament": 2,
    "local": 2,
    "person": 1,
}


def effect(text: Text, cues: Sequence[Cue], mentions: Sequence[Mention], *, binding: bool) -> Effect | None:
    """The effect of a policy post. `binding`: whether it was judged to be done rather than talked about."""
    start, end, kinds = _acting_sentence(cues)
    action = _action(text.folded, start, end)
    if action is None:
        return None
    actor, jurisdiction = _actor(mentions, start, end)
    return Effect(
        action=action,
        actor=actor,
        jurisdiction=jurisdiction,
        targets=_targets(mentions, actor, jurisdiction),
        audience=_audience(text, cues, start, end),
        effective_at=_effective_at(text.clean),
        status=_status(action, kinds, binding=binding),
    )


def _acting_sentence(cues: Sequence[Cue]) -> tuple[int, int, set[str]]:
    """The sentence with the most of an act in it, the earliest of equals, as a span and its kinds of cues."""
    best, best_score = [*cues], -1
    for number in sorted({cue.sentence for cue in cues}):
        sentence = [cue for cue in cues if cue.sentence == number]
        present = {cue.kind for cue in sentence}
        score = sum(
            max((value for kind, value in group.items() if kind in present), default=0) for group in (_ACTS, _ACTORS)
        )
        score += len(present & _ACTS.keys())
        if score > best_score:
            best, best_score = sentence, score
    if not best:
        return 0, 0, set()
    return best[0].start, max(cue.end for cue in best), {cue.kind for cue in best}


@cache
def _actions() -> tuple[Terms, list[Action], list[Action]]:
    """An automaton, the action of each of its terms, and all actions, the most telling first."""
    listed = data.read("actions")
    by_term = {fold(term): Action(name) for name, terms in reversed(listed.items()) for term in terms}
    return Terms(by_term), list(by_term.values()), [Action(name) for name in listed]


def _action(folded: str, start: int, end: int) -> Action | None:
    """The most telling action of the sentence, else of the whole text."""
    terms, actions, order = _actions()
    found = [(start, actions[term]) for start, _, term in terms.find(folded)]
    inside = [action for at, action in found if start <= at < end] or [action for _, action in found]
    return min(inside, key=order.index) if inside else None


def _actor(mentions: Sequence[Mention], start: int, end: int) -> tuple[str | None, str | None]:
    """Who acts and whose law it is: a body of the state before a state, within the sentence before elsewhere."""
    for within in (True, False):
        here = [m for m in mentions if (start <= m.start < end) is within]
        agency = next((m for m in here if m.entity.kind is EntityKind.AGENCY), None)
        state = next((m for m in here if m.entity.kind is EntityKind.JURISDICTION), None)
        if agency is not None:
            return agency.entity.id, agency.jurisdiction
        if state is not None:
            return state.entity.id, state.entity.id
    return None, None


def _targets(mentions: Sequence[Mention], actor: str | None, jurisdiction: str | None) -> list[str]:
    """Models and chips first; vendors and other states where nothing closer is named."""
    named = list(dict.fromkeys(m.entity.id for kind in _TARGET_KINDS for m in mentions if m.entity.kind is kind))
    states = (m.entity.id for m in mentions if m.entity.kind is EntityKind.JURISDICTION)
    others = [ident for ident in dict.fromkeys(states) if ident not in {actor, jurisdiction}]
    return [*named, *others][:_TARGETS]


def _audience(text: Text, cues: Sequence[Cue], start: int, end: int) -> str | None:
    """Whose access changes, in the post's own words."""
    inside = [cue for cue in cues if start <= cue.start < end and cue.kind in {"people", "audience"}]
    first = min(inside, key=lambda cue: (cue.kind != "people", cue.start), default=None)
    return text.clean[first.start : first.end] if first else None


def _effective_at(clean: str) -> datetime | None:
    """The first full date of the text, at midnight UTC. A date without its year is left to people."""
    match = _DATE.search(clean)
    if match is None:
        return None
    part = match.groupdict()
    try:
        if part["iso"]:
            return datetime.fromisoformat(part["iso"]).replace(tzinfo=UTC)
        month = part["m1"] or part["m2"]
        number = _MONTHS.index(month.lower()) + 1 if month else int(part["m3"])
        return datetime(
            int(part["y1"] or part["y2"] or part["y3"]), number, int(part["d1"] or part["d2"] or part["d3"]), tzinfo=UTC
        )
    except ValueError:
        return None  # such as 31 June: no date at all


def _status(action: Action, kinds: set[str], *, binding: bool) -> EffectStatus:
    if not binding:
        return EffectStatus.PROPOSED
    if action is Action.LIFT:
        return EffectStatus.LIFTED
    return EffectStatus.IN_FORCE if "now" in kinds else EffectStatus.ANNOUNCED
