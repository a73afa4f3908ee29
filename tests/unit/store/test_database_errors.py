"""What errors of the database mean to a post."""

import asyncpg
import pytest

from foreshock_shared.runtime.database import translate
from foreshock_shared.runtime.errors import PermanentError, RetryableError

SERVER = [
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DiskFullError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidPasswordError,
    asyncpg.UndefinedTableError,
]
ROW = [
    asyncpg.UntranslatableCharacterError,
    asyncpg.NumericValueOutOfRangeError,
    asyncpg.NotNullViolationError,
    asyncpg.ProgramLimitExceededError,
]


@pytest.mark.parametrize("kind", SERVER)
def test_what_is_wrong_with_the_server_counts_against_no_post(kind: type[asyncpg.PostgresError]) -> None:
    assert isinstance(translate(kind("x")), RetryableError)


@pytest.mark.parametrize("kind", ROW)
def test_what_is_wrong_with_a_row_is_permanent(kind: type[asyncpg.PostgresError]) -> None:
    assert isinstance(translate(kind("x")), PermanentError)


@pytest.mark.parametrize(
    "error",
    [ConnectionResetError(), TimeoutError(), asyncpg.InterfaceError("closed"), asyncpg.InternalClientError("lost")],
    ids=lambda error: type(error).__name__,
)
def test_a_lost_connection_is_retryable(error: Exception) -> None:
    assert isinstance(translate(error), RetryableError)


def test_a_text_that_cannot_be_encoded_is_permanent() -> None:
    error = asyncpg.InterfaceError("wrapped")
    error.__cause__ = UnicodeEncodeError("utf-8", "a\ud800", 1, 2, "surrogates not allowed")
    assert isinstance(translate(error.__cause__), PermanentError)


def test_a_wrapped_error_means_what_its_cause_means() -> None:
    outer = RuntimeError("a wrapper")
    outer.__cause__ = asyncpg.DeadlockDetectedError("x")
    assert isinstance(translate(outer), RetryableError)


def test_a_fault_of_our_own_is_neither() -> None:
    assert translate(asyncpg.PostgresSyntaxError("x")) is None
    assert translate(KeyError("x")) is None
