"""A model follows from its corpus, is made anew when that changes, and serving needs nothing of how it was made."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from foreshock_classify.domain.model import Model
from foreshock_classify.drift.reference import Reference
from foreshock_classify.training import _existing, ensure_model
from foreshock_classify.training.corpus import Example, families, load, source_hash
from foreshock_classify.training.reference import reference_of
from foreshock_classify.training.report import report
from foreshock_classify.training.train import STREAM, stream_weights, train


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus small enough to be trained on in a moment."""
    folder = tmp_path_factory.mktemp("corpus")
    deeds = ["bans", "suspends", "blocks", "halts"]
    lines = [
        line(f"{place} {deed} sales of AI chips to {other} today", f"ban-{place}-{other}", shock=True)
        for place in ("Ottawa", "Seoul", "Berlin")
        for other, deed in zip(("Iran", "Russia", "Cuba", "Syria"), deeds, strict=True)
    ]
    lines += [
        line(f"{who} weighs limits on AI chips, no decision yet", f"talk-{who}")
        for who in ["Rome", "Delhi", "Tokyo", "Oslo"]
    ]
    lines += [
        line(f"Cake number {n} came out flat and sad", f"cake-{n}", topics=["none"], urgency="low") for n in range(8)
    ]
    (folder / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def line(
    text: str, event: str, *, shock: bool = False, topics: list[str] | None = None, urgency: str | None = None
) -> str:
    return json.dumps(
        {
            "text": text,
            "lang": "en",
            "source_kind": "news",
            "topics": topics or ["policy", "compute"],
            "urgency": urgency or ("critical" if shock else "medium"),
            "policy_shock": shock,
            "event": event,
            "pattern": "test",
        }
    )


def test_training_twice_gives_the_same_model(corpus: Path) -> None:
    one, two = train(corpus).model, train(corpus).model
    assert one.version == two.version
    for name in ("idf", "weights", "bias", "slope", "offset", "threshold", "cuts"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


def test_a_model_survives_its_file(corpus: Path, tmp_path: Path) -> None:
    model = train(corpus).model
    model.save(tmp_path / "folder" / "model.npz")
    again = Model.load(tmp_path / "folder" / "model.npz")
    assert again.source == model.source
    assert np.allclose(again.weights, model.weights, atol=1e-2)
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["model.npz"]


@pytest.mark.slow
def test_a_model_is_kept_as_long_as_its_corpus_is(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    ensure_model(path, corpus)
    made = path.stat().st_mtime_ns
    ensure_model(path, corpus)
    assert path.stat().st_mtime_ns == made
    assert Reference.load(path).source == source_hash(corpus)


@pytest.mark.slow
def test_a_model_without_what_live_posts_are_held_against_is_made_anew(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    trained = train(corpus)
    trained.model.save(path)
    assert _existing(path, trained.model.source) is None
    reference_of(trained).save(path)
    assert _existing(path, trained.model.source) is not None
    assert _existing(path, "another corpus") is None


@pytest.mark.slow
def test_a_model_of_another_corpus_or_a_broken_one_is_made_anew(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(b"PK\x03\x04 cut short")
    assert ensure_model(path, corpus).source == source_hash(corpus)
    grown = tmp_path / "grown.jsonl"
    grown.write_text((corpus / "all.jsonl").read_text() + "\n" + line("Lima bans AI chips", "ban-lima", shock=True))
    assert ensure_model(path, grown).source == source_hash(grown)


def test_a_line_that_is_no_example_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(line("fine", "fine") + '\n{"text": "no labels"}\n')
    with pytest.raises(ValueError, match=r"bad\.jsonl:2"):
        load(tmp_path)


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no examples"):
        load(tmp_path)


def test_held_back_posts_are_weighed_like_a_stream(corpus: Path) -> None:
    examples = load(corpus)
    weights = stream_weights(examples)
    shocks = sum(w for w, example in zip(weights, examples, strict=True) if example.policy_shock)
    assert shocks == pytest.approx(STREAM["shock"])


def test_the_report_says_what_the_model_does_on_held_back_posts(corpus: Path) -> None:
    page = report(train(corpus))
    assert "1 in 100" in page
    assert "urgency quadratic kappa" in page


def test_events_and_like_wordings_are_never_split() -> None:
    texts = ["Oslo bans AI chips today", "A ban in Oslo", "Oslo bans AI chips again", "Nothing like it"]
    events = ["oslo", "oslo", "other", "alone"]
    examples = [Example.model_validate_json(line(text, event)) for text, event in zip(texts, events, strict=True)]
    one, two, three, alone = families(examples)
    assert one == two == three != alone


def test_serving_loads_no_trainer() -> None:
    code = (
        "import sys, foreshock_classify.app, foreshock_classify.domain.classifier;"
        "print([m for m in ('sklearn', 'scipy') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    assert said.stdout.strip() == "[]"
