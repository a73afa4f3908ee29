"""The classifier as it ships, trained once for the session (or found ready from the last one)."""

import pytest

from foreshock_classify.domain.classifier import Classifier
from foreshock_classify.drift.reference import Reference
from foreshock_classify.drift.watch import Watch
from foreshock_classify.training import DEFAULT_MODEL, ensure_model


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return Classifier(ensure_model(DEFAULT_MODEL))


@pytest.fixture
def watch(classifier: Classifier) -> Watch:
    """A watch for drift that has seen nothing yet."""
    return Watch(Reference.load(DEFAULT_MODEL))
