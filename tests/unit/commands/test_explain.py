"""Which words moved which decision, as a person reads it."""

from pathlib import Path

import pytest

from foreshock_shared.contracts.post import PostIn, SourceKind
from foreshock_stack.commands import explain
from foreshock_stack.commands.classify import classifier_of
from foreshock_stack.environment import Environment, read_environment

TEXT = "Norwegian regulator suspends all exports of AI accelerators to Malaysia, effective immediately"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return read_environment({"FORESHOCK_CONFIG_DIR": str(tmp_path), "FORESHOCK_STATE_DIR": str(tmp_path)})


def test_the_words_that_made_a_shock_are_marked_and_weighed(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain.run(PostIn(source="test", text=TEXT, source_kind=SourceKind.NEWS), environment) == 0
    said = capsys.readouterr().out
    assert said.startswith(TEXT)
    assert "a shock (" in said
    assert "effect: action suspend" in said
    marked = explain.marked(classifier_of(environment).explain(TEXT, SourceKind.NEWS))
    assert "suspends" in {TEXT[span.start : span.end] for span in marked.spans if span.style == explain.FOR}


def test_every_decision_says_from_where_it_is_taken(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    explain.run(PostIn(source="test", text=TEXT, source_kind=SourceKind.NEWS), environment)
    said = capsys.readouterr().out
    for verdict in classifier_of(environment).explain(TEXT, SourceKind.NEWS).verdicts:
        outcome = "yes" if verdict.decided else "no"
        assert f"{verdict.probability:.2f}, from {verdict.threshold:.2f}: {outcome}" in said


def test_a_text_that_the_gate_stops_is_said_to_be_stopped(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    explain.run(PostIn(source="test", text="plum cake again"), environment)
    assert "the gate found nothing of our field" in capsys.readouterr().out
