"""`sources.yaml`: what is wrong is said with file, line, key and reason."""

from pathlib import Path

import pytest

from foreshock_ingest.adapters.sources.feed import FeedConfig
from foreshock_ingest.adapters.sources.replay import ReplayConfig
from foreshock_ingest.adapters.sources_file import load_sources
from foreshock_shared.runtime.errors import ConfigurationError

SHIPPED = Path(__file__).parents[3] / "config" / "sources.yaml"
GOOD = """\
sources:
  - name: gazette
    kind: feed
    url: https://example.org/feed
    tier: official
    interval: 5m
  - name: archive
    kind: replay
    path: archive.jsonl.gz
    speed: 60
  - name: asleep
    kind: feed
    url: https://example.org/other
    enabled: false
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_enabled_sources_are_read(tmp_path: Path) -> None:
    gazette, archive = load_sources(written(tmp_path, GOOD))
    assert isinstance(gazette, FeedConfig)
    assert (gazette.interval, gazette.tier) == (300, "official")
    assert isinstance(archive, ReplayConfig)
    assert archive.speed == 60


@pytest.mark.parametrize("text", ["", "# nothing\n", "sources: []\n"])
def test_nothing_configured_is_no_source(tmp_path: Path, text: str) -> None:
    assert load_sources(written(tmp_path, text)) == []
    assert load_sources(tmp_path / "absent.yaml") == []


@pytest.mark.parametrize(
    ("was", "is_now", "line", "said"),
    [
        ("tier: official", "tier: royal", 5, "sources.0.tier: "),
        ("interval: 5m", "interval: soon", 6, "sources.0.interval: must be a number of seconds"),
        ("interval: 5m", "interval: 0", 6, "sources.0.interval: "),
        ("https://example.org/feed", "file:///etc/passwd", 4, "sources.0.url: "),
        ("kind: replay", "kind: telepathy", 7, "sources.1: "),
        ("speed: 60", "speed: -1", 10, "sources.1.speed: "),
        ("speed: 60", "spede: 60", 10, "sources.1.spede: "),
        ("name: archive", "name: gazette", 7, "gazette is the name of another source"),
        ("name: gazette", "name: Not A Name!", 2, "sources.0.name: "),
        ("    path: archive.jsonl.gz\n", "", 7, "sources.1.path: Field required"),
        ("    tier: official\n", "    tier: official\n    tier: press\n", 6, "tier is there twice"),
        ("sources:", "soruces:", 1, "soruces: "),
        ("  - name: gazette", "  - name: [", 4, "no YAML"),
    ],
)
def test_an_error_names_file_line_key_and_reason(tmp_path: Path, was: str, is_now: str, line: int, said: str) -> None:
    path = written(tmp_path, GOOD.replace(was, is_now))
    with pytest.raises(ConfigurationError) as refused:
        load_sources(path)
    assert said in str(refused.value)
    assert f"{path}" in str(refused.value)
    assert f"line {line}" in str(refused.value)


def test_the_file_that_is_shipped_is_valid_and_asks_nobody_until_it_is_told_to(tmp_path: Path) -> None:
    assert load_sources(SHIPPED) == []
    everything = load_sources(
        written(tmp_path, SHIPPED.read_text(encoding="utf-8").replace("enabled: false", "enabled: true"))
    )
    assert len(everything) >= 8
    assert {source.tier for source in everything if isinstance(source, FeedConfig)} == {"official", "provider", "press"}
