"""`./run doctor`: is everything set up so that nothing is lost and everybody is told? Works with the stack up or down.

Exit status 0: no faults. 1: there are.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from rich.console import Console
from rich.text import Text

from foreshock_classify.adapters.watchlist import load_watchlist
from foreshock_ingest.adapters.sources_file import load_sources
from foreshock_notify.adapters import rules_file
from foreshock_notify.domain.rules import RuleSet
from foreshock_shared.runtime.errors import ConfigurationError, DependencyUnavailable
from foreshock_shared.runtime.settings import Durability
from foreshock_stack.addresses import running_stack
from foreshock_stack.doctor import judge, judge_servers
from foreshock_stack.doctor.finding import Finding, Level, fault, ok, warning
from foreshock_stack.doctor.here import look_here
from foreshock_stack.doctor.outside import ask_service, reach
from foreshock_stack.doctor.servers import ask_postgres, ask_redis
from foreshock_stack.environment import SERVICES, Environment

COLOURS: Final = {Level.OK: "green", Level.WARNING: "yellow", Level.FAULT: "red"}

T = TypeVar("T")


def run(environment: Environment) -> int:
    """Look at everything, and say what was found."""
    findings = asyncio.run(examine(environment))
    console = Console(soft_wrap=True, highlight=False)
    for finding in findings:
        console.print(_told(finding))
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    console.print(", ".join(f"{count} {level.value}" for level, count in counts.items()))
    return 1 if counts[Level.FAULT] else 0


async def examine(environment: Environment) -> list[Finding]:
    """Every finding, in the order in which things rest on each other."""
    embedded = not (environment.redis_url and environment.database_url)
    findings = list(judge.here(look_here(environment), servers_here=embedded))
    rules = await _configuration(environment, findings)
    await _servers(environment, rules, findings)
    await _around(environment, rules, findings)
    return findings


async def _configuration(environment: Environment, findings: list[Finding]) -> RuleSet | None:
    folder = environment.config_dir
    if not folder.is_dir():
        what = "nothing can start"
        findings.append(fault("configuration", f"there is no folder {folder}", what, "set FORESHOCK_CONFIG_DIR"))
        return None
    load = (lambda path: rules_file.load(path, environment.passed)) if (folder / "rules.yaml").exists() else None
    rules = _loaded("rules.yaml", load, folder, findings, "notify does not start on it") if load else None
    if load is None:
        findings.append(fault("rules.yaml", f"{folder} has none", "notify does not start", "write one"))
    _loaded("watchlist.yaml", load_watchlist, folder, findings, "classify does not start on it")
    if rules is not None and not any(rule.send_to for rule in rules.rules):
        means = "incidents are made, and nobody is told of them"
        findings.append(warning("receivers", "no rule sends to anybody", means, "name a receiver in rules.yaml"))
    return rules


def _loaded(name: str, load: Callable[[Path], T], folder: Path, findings: list[Finding], means: str) -> T | None:
    try:
        found = load(folder / name)
    except ConfigurationError as error:
        findings.append(fault(name, str(error), means, "mend the lines that are named"))
        return None
    findings.append(
        ok(name, f"{folder / name} is good" if (folder / name).exists() else "there is none, as is allowed")
    )
    return found


async def _servers(environment: Environment, rules: RuleSet | None, findings: list[Finding]) -> None:
    try:
        addresses = running_stack(environment)
    except ConfigurationError as error:
        means = "its servers run with it, so they were not looked at"
        findings.append(warning("servers", str(error), means, "start the stack and ask again"))
        return
    wanted = _wanted(environment, findings)
    try:
        findings += judge_servers.redis(await ask_redis(addresses.redis), wanted)
    except DependencyUnavailable as error:
        findings.append(fault("redis", str(error), "nothing is accepted", "start it, or mend FORESHOCK_REDIS_URL"))
    try:
        facts = await ask_postgres(addresses)
    except DependencyUnavailable as error:
        means = "posts wait in Redis, and nobody is told anything"
        findings.append(fault("postgres", str(error), means, "start it, or mend FORESHOCK_DATABASE_URL"))
    else:
        findings += judge_servers.postgres(facts)
        findings += judge.suspended(facts.suspended, [*rules.receivers] if rules else [])


def _wanted(environment: Environment, findings: list[Finding]) -> Durability:
    said = environment.passed.get("FORESHOCK_REDIS_DURABILITY") or Durability.ALWAYS.value
    try:
        return Durability(said)
    except ValueError:
        do = f"make it one of {', '.join(Durability)}"
        findings.append(fault("FORESHOCK_REDIS_DURABILITY", said, "no service starts with it", do))
        return Durability.ALWAYS


async def _around(environment: Environment, rules: RuleSet | None, findings: list[Finding]) -> None:
    asked = await asyncio.gather(*(ask_service(name, environment.address(name)) for name in SERVICES))
    findings += judge.services(asked)
    path = environment.config_dir
    sources = _loaded("sources.yaml", load_sources, path, findings, "ingest does not start on it") or []
    findings += judge.sources([source.name for source in sources], asked[0].sources)
    hosts = [
        reach("source", source.name, str(source.url), allow_private=source.allow_private_addresses)
        for source in sources
        if source.kind == "feed"
    ]
    hosts += [
        reach("receiver", name, each.url.get_secret_value(), allow_private=each.allow_private_addresses)
        for name, each in (rules.receivers.items() if rules else ())
    ]
    findings += map(judge.reach, await asyncio.gather(*hosts))


def _told(finding: Finding) -> Text:
    text = Text(f"{finding.level.value:<8}", style=COLOURS[finding.level])
    text.append(f"{finding.subject}: {finding.found}", style="default")
    for label, words in _rest(finding):
        text.append(f"\n          {label:<7}{words}", style="default")
    return text


def _rest(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.means:
        yield "means", finding.means
    if finding.do:
        yield "do", finding.do
