"""`./run rules check` and `./run rules test`: are the rules valid, and do they say what they are meant to?"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final

from rich.console import Console

from foreshock_classify.domain.classifier import Classifier
from foreshock_notify.adapters import rules_file
from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.commands.classify import classifier_of
from foreshock_stack.environment import Environment
from foreshock_stack.ruletests.cases import Cases, read
from foreshock_stack.ruletests.play import play

PATTERN: Final = "*.test.yaml"


def rules_path(environment: Environment) -> Path:
    """The rules file of the configuration."""
    return environment.config_dir / "rules.yaml"


def check(environment: Environment, file: Path | None) -> int:
    """Say what notify would say to a rules file; status 1 where it would refuse it."""
    path = file or rules_path(environment)
    try:
        rules = rules_file.load(path, environment.passed)
    except ConfigurationError as error:
        print(error)
        return 1
    watching = f", {len(rules.heartbeat_to)} hear heartbeats" if rules.heartbeat_to else ""
    print(f"{path}: {len(rules.rules)} rules, {len(rules.receivers)} receivers{watching}: valid")
    return 0


def play_files(environment: Environment, files: Iterable[Path]) -> int:
    """Play the tests of these files, by default of all `*.test.yaml` beside the rules; status 1 where one fails."""
    paths = list(files) or sorted(environment.config_dir.glob(PATTERN))
    if not paths:
        raise ConfigurationError(
            f"there is no {PATTERN} in {environment.config_dir}: name a file, or write one (docs/rules-testing.md)"
        )
    console = Console(highlight=False, soft_wrap=True)
    classifier = cache(lambda: classifier_of(environment))
    failed = 0
    for path in paths:
        failed += _play(console, environment, read(path), classifier)
    return 1 if failed else 0


def _play(console: Console, environment: Environment, cases: Cases, classifier: Callable[[], Classifier]) -> int:
    """Play one file; how many of its tests failed."""
    named = cases.file.rules
    rules = rules_file.load_rules(cases.path.parent / named if named else rules_path(environment))
    failed = 0
    for number, case in enumerate(cases.file.tests):
        result = play(rules, case, classifier)
        if result.passed:
            console.print(f"ok    {case.name}", markup=False)
            continue
        failed += 1
        console.print(f"FAIL  {cases.path}:{cases.line(number)}: {case.name}", markup=False, style="bold red")
        for line in result.diff:
            style = {"-": "red", "+": "green"}.get(line[:1], "")
            console.print(f"      {line}".rstrip(), markup=False, style=style)
    total = len(cases.file.tests)
    console.print(f"{cases.path}: {total - failed} of {total} tests passed", markup=False)
    return failed
