"""What an answer of a Redis server means: a state that passes, or a fault of ours."""

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, ResponseError

from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.errors import DependencyUnavailable


@pytest.mark.parametrize(
    "error",
    [
        RedisConnectionError("Connection refused"),
        ResponseError("MISCONF Errors writing to the AOF file: No space left on device"),
        ResponseError("LOADING Redis is loading the dataset in memory"),
        ResponseError("OOM command not allowed when used memory > 'maxmemory'."),
        ResponseError("DENIED Redis is running in protected mode because protected mode is enabled"),
    ],
)
async def test_a_state_of_the_server_is_waited_for_and_told(error: Exception) -> None:
    with pytest.raises(DependencyUnavailable, match="the Redis server") as told:
        async with shared_redis.translated():
            raise error
    assert str(error) in str(told.value)


@pytest.mark.parametrize("error", [ResponseError("WRONGTYPE Operation against a key"), NoPermissionError("no XADD")])
async def test_a_command_that_is_wrong_is_a_fault_of_ours(error: Exception) -> None:
    with pytest.raises(type(error)):
        async with shared_redis.translated():
            raise error
