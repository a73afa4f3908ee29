"""Every error that Foreshock raises on purpose.

    ForeshockError
    ├── RetryableError            it may work later; nobody's fault, never counted against a post
    │   ├── DependencyUnavailable   a server (Redis, Postgres, a receiver) does not answer as it must
    │   └── Overloaded              we are full; come again after `retry_after` seconds
    └── PermanentError            it will never work as it is
        ├── ConfigurationError      a setting or file is wrong: says which, where, and what to write instead
        ├── InvalidPayload          bytes that are no event of the kind expected
        └── UnknownVersion          an event of a major version that this reader does not know

Delivery decides by these two roots alone: a retryable error leaves entries pending, a permanent one is quarantined at
once, and any other exception is a fault of ours that is tried a few times more and then quarantined.
"""


class ForeshockError(Exception):
    """The root: nothing is raised from here directly."""


class RetryableError(ForeshockError):
    """It may work later."""


class DependencyUnavailable(RetryableError):
    """A server that we need does not answer as it must."""


class Overloaded(RetryableError):
    """We are full."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which it is worth trying again."""


class PermanentError(ForeshockError):
    """It will never work as it is."""


class ConfigurationError(PermanentError):
    """A setting or file is wrong; the message says which, where, and what to do."""


class InvalidPayload(PermanentError):
    """Bytes that are no event of the kind expected."""


class UnknownVersion(PermanentError):
    """An event of a major version that this reader does not know."""
