"""Tracing is off unless it is switched on, and then costs nothing; contexts are W3C's or nothing."""

import subprocess
import sys

import pytest
from support.lanes import a_post

from foreshock_shared.contracts.events import PostIngested
from foreshock_shared.runtime import tracing
from foreshock_shared.runtime.metrics import exemplar

KEPT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNKEPT = KEPT[:-1] + "0"
OFF = """
import sys
import foreshock_ingest.app, foreshock_classify.app, foreshock_store.app, foreshock_notify.app
from foreshock_shared.runtime import service, tracing
tracing.start("ingest", "one", "")
with tracing.span("nothing") as span:
    assert (span.traceparent, tracing.current(), tracing.is_on()) == (None, None, False)
ours = {name for name in sys.modules if name.startswith("foreshock_")}
loaded = [name for name in sys.modules if name.startswith(("opentelemetry.sdk.trace", "opentelemetry.exporter"))]
assert loaded == [], loaded
assert "foreshock_shared.runtime.otel" not in ours
"""
MISSING = """
import sys
class Nobody:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("opentelemetry.sdk"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Nobody())
from foreshock_shared.runtime import logs, tracing
logs.configure("ingest")
tracing.start("ingest", "one", "http://127.0.0.1:1")
with tracing.span("nothing"):
    assert not tracing.is_on()
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False)  # noqa: S603  ours


@pytest.mark.slow
def test_while_it_is_off_nothing_that_makes_or_sends_spans_is_loaded() -> None:
    ended = python(OFF)
    assert ended.returncode == 0, ended.stderr


def test_switched_on_without_the_extra_it_says_so_and_the_service_goes_on() -> None:
    ended = python(MISSING)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("tracing is not installed") == 1
    assert "requirements/tracing.lock" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "written",
    ["", "nonsense", 7, ["x"], KEPT.upper(), KEPT[:-1], f"{KEPT}0", "01" + KEPT[2:], f"00-{'0' * 32}-{'a' * 16}-01"],
)
def test_a_context_that_is_none_is_ignored_and_costs_nobody_his_post(written: object) -> None:
    post = PostIngested.model_validate(a_post().model_dump() | {"traceparent": written})
    assert post.traceparent is None


def test_a_post_is_the_same_content_in_whatever_trace() -> None:
    post = a_post()
    traced = post.traced(KEPT)
    assert PostIngested.model_validate_json(traced.to_wire()) == traced
    assert (traced.id, traced.content) == (post.id, post.content)
    assert b"traceparent" not in post.to_wire()


def test_an_exemplar_leads_to_the_post_and_to_a_trace_that_is_kept() -> None:
    post = a_post()
    assert exemplar(post.id, KEPT) == {"post_id": str(post.id), "trace_id": KEPT[3:35]}
    assert exemplar(post.id, UNKEPT) == {"post_id": str(post.id)}
    assert exemplar(None, None) is None


@pytest.mark.parametrize(("context", "kept"), [(KEPT, True), (UNKEPT, False), (None, False), ("", False)])
def test_a_context_says_whether_it_is_kept(context: str | None, kept: bool) -> None:
    assert tracing.is_sampled(context) is kept
