"""A recording comes in with its gaps, its cursor behind its posts, and its bad lines in the dead letters."""

import gzip
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from support.ingest import rows, written
from support.waiting import eventually

from foreshock_ingest.adapters.acceptor import Acceptor
from foreshock_ingest.adapters.pressure import Pressure
from foreshock_ingest.adapters.runner import Runner
from foreshock_ingest.adapters.sources.replay import ReplayConfig
from foreshock_ingest.adapters.sources.tools import Tools
from foreshock_ingest.domain.pressure import Limits
from foreshock_shared.contracts.streams import INGESTED, DeadField

pytestmark = pytest.mark.servers


@asynccontextmanager
async def replaying(redis: Redis, path: Path, speed: float = 0, backlog: int = 1_000) -> AsyncIterator[Runner]:
    config = ReplayConfig(name="archive", kind="replay", path=Path(path.name), speed=speed)
    pressure = Pressure(redis, Limits(backlog, 90, 10**9))
    runner = Runner(redis, Acceptor(redis), pressure, {"archive": config.source(Tools(path.parent))}, 0.1)
    async with pressure.watching(), runner.running():
        yield runner


def line(n: int, second: float | None = None, **more: object) -> str:
    dated = {} if second is None else {"created_at": f"2026-06-12T17:{int(second // 60):02}:{second % 60:06.3f}Z"}
    return json.dumps({"source": "archive", "native_id": f"n{n}", "text": f"Text {n}", **dated, **more})


def recorded(folder: Path, *lines: str, packed: bool = False) -> Path:
    raw = "\n".join(lines).encode()
    path = folder / ("archive.jsonl.gz" if packed else "archive.jsonl")
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path


async def ended(runner: Runner) -> bool:
    return (await runner.health()).get("archive") == "ended"


async def native_ids(redis: Redis) -> list[str]:
    return [post["native_id"] for post in await written(redis)]


@pytest.mark.parametrize("packed", [False, True])
async def test_a_recording_is_read_to_its_end(redis: Redis, tmp_path: Path, packed: bool) -> None:
    path = recorded(tmp_path, *(line(n) for n in range(1_050)), packed=packed)
    async with replaying(redis, path) as runner:
        await eventually(lambda: ended(runner))
    assert await native_ids(redis) == [f"n{n}" for n in range(1_050)]
    assert await redis.hget("ingest:source:archive", "line") == b"1050"


async def test_a_restart_goes_on_after_the_last_line_done(redis: Redis, tmp_path: Path) -> None:
    path = recorded(tmp_path, *(line(n) for n in range(10)))
    async with replaying(redis, path) as runner:
        await eventually(lambda: ended(runner))
    await redis.delete(INGESTED.name, "ingest:seen:0")
    recorded(tmp_path, *(line(n) for n in range(15)))
    async with replaying(redis, path) as runner:
        await eventually(lambda: ended(runner))
    assert await native_ids(redis) == [f"n{n}" for n in range(10, 15)]


async def test_time_gaps_are_divided_by_the_speed(redis: Redis, tmp_path: Path) -> None:
    path = recorded(tmp_path, line(0, 0), line(1, 0), line(2, 30), line(3), line(4, 60))
    began = time.monotonic()
    async with replaying(redis, path, speed=60) as runner:
        await eventually(lambda: ended(runner))
    assert 1.0 <= time.monotonic() - began < 3.0
    sizes = [len(json.loads(fields[b"data"])) for fields in await rows(redis, INGESTED.name)]
    assert sizes == [2, 2, 1]


async def test_bad_lines_are_kept_with_their_place_and_the_others_go_on(redis: Redis, tmp_path: Path) -> None:
    bad = ["no json", '{"source": "archive"}', '{"a": NaN}', "x" * 3_000_000]
    path = recorded(tmp_path, line(0), *bad, line(1))
    async with replaying(redis, path) as runner:
        await eventually(lambda: ended(runner))
    assert await native_ids(redis) == ["n0", "n1"]
    letters = await rows(redis, "dead.ingest")
    assert [letter[DeadField.REASON.encode()].partition(b":")[0] for letter in letters] == [
        f"archive.jsonl, line {n}".encode() for n in (2, 3, 4, 5)
    ]
    assert letters[0][b"data"] == b"no json"
    assert len(letters[3][b"data"]) <= 1_000_000


async def test_a_file_that_cannot_be_read_is_said_and_left_alone(redis: Redis, tmp_path: Path) -> None:
    async with replaying(redis, tmp_path / "absent.jsonl") as runner:
        await eventually(lambda: ended(runner))
    broken = recorded(tmp_path, line(0), packed=True)
    broken.write_bytes(broken.read_bytes()[:-5])
    async with replaying(redis, broken) as runner:
        await eventually(lambda: ended(runner))


async def test_a_source_waits_while_the_server_is_under_pressure(redis: Redis, tmp_path: Path) -> None:
    path = recorded(tmp_path, *(line(n) for n in range(3_000)))
    async with replaying(redis, path, backlog=1) as runner:
        await eventually(lambda: _refused_to_go_on(redis))
        assert not await ended(runner)

        async def handled() -> bool:
            await redis.xtrim(INGESTED.name, maxlen=0, approximate=False)
            return await ended(runner)

        await eventually(handled, within=20)
    assert await redis.hget("ingest:source:archive", "line") == b"3000"


async def _refused_to_go_on(redis: Redis) -> bool:
    return await redis.xlen(INGESTED.name) >= 1
