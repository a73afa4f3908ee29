"""How a notification is shown to a person: what happened, how urgent, why, which posts, how long it took. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.panel import Panel
from rich.text import Text

COLOURS: Final = {"critical": "red", "high": "dark_orange", "medium": "yellow", "low": "green"}
CUES: Final = 5
POSTS: Final = 4
EXCERPT: Final = 110


@dataclass(frozen=True, slots=True)
class Telling:
    """One notification, ready to be read: as a panel on a terminal, as plain lines elsewhere."""

    data: dict[str, Any]
    type: str
    milliseconds: float
    """From the post that caused it to its arrival here."""

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        kind = self.type.removeprefix("foreshock.incident.").removesuffix(".v1")
        what = "ALERT" if kind == "opened" else f"incident {kind}"
        return f"{what} · {self.data.get('urgency')} · {self.data.get('status')} · revision {self.data.get('revision')}"

    def lines(self) -> Iterator[tuple[str, str]]:
        """Label and text of each line."""
        yield "what", str(self.data.get("headline"))
        if effect := self.data.get("effect"):
            yield "effect", _effect(effect)
        yield "why", ", ".join(_cues(self.data)) or "no cues given"
        yield "rules", ", ".join(self.data.get("rules", []))
        posts = self.data.get("posts", [])
        for number, post in enumerate(posts[:POSTS]):
            yield (
                "posts" if number == 0 else "",
                f"{post.get('source')} ({post.get('tier')}): {_cut(post.get('text', ''))}",
            )
        if len(posts) > POSTS:
            yield "", f"and {len(posts) - POSTS} more"
        yield "origins", f"{self.data.get('origins')} independent"
        yield "took", f"{self.milliseconds:,.0f} ms from the post to this line, signature verified"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not console.is_terminal:
            yield Text(f"{self.title}\n" + "\n".join(f"  {label:<8}{text}" for label, text in self.lines()))
            return
        body = Text()
        for number, (label, text) in enumerate(self.lines()):
            body.append("\n" if number else "")
            body.append(f"{label:<9}", style="dim")
            body.append(text, style="bold" if label == "what" else "")
        yield Panel(body, title=self.title, border_style=COLOURS.get(str(self.data.get("urgency")), "white"))


def _cues(data: dict[str, Any]) -> Iterator[str]:
    why = data.get("why") or {}
    strongest = sorted(why.get("cues", []), key=lambda cue: -abs(cue.get("weight", 0)))
    for cue in strongest[:CUES]:
        yield f"“{cue.get('cue')}” ({cue.get('decision')} {cue.get('weight', 0):+.1f})"


def _effect(effect: dict[str, Any]) -> str:
    targets = ", ".join(effect.get("targets") or []) or "something unnamed"
    by = f" by {effect['actor']}" if effect.get("actor") else ""
    whom = f", for {effect['audience']}" if effect.get("audience") else ""
    return f"{effect.get('action')} of {targets}{by}{whom} ({effect.get('status')})"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"
