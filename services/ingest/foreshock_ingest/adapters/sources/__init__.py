"""The kinds of source. A new one is a file here with a configuration of its own, named in `AnySource`."""

from typing import Annotated, TypeAlias

from pydantic import Field

from foreshock_ingest.adapters.sources.feed import FeedConfig
from foreshock_ingest.adapters.sources.replay import ReplayConfig

AnySource: TypeAlias = Annotated[FeedConfig | ReplayConfig, Field(discriminator="kind")]
