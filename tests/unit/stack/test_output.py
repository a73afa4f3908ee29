"""On a terminal every line says who speaks; away from one nothing comes between."""

import asyncio
import io
import os

from support.waiting import eventually

from foreshock_stack.output import LONGEST_LINE, Output


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


async def test_each_line_on_a_terminal_begins_with_the_service_in_its_colour() -> None:
    terminal = Terminal()
    output = Output(terminal)
    async with output.of("ingest") as ingest, output.of("store") as store:
        os.write(ingest, b"first\nbroken ")
        os.write(ingest, b"in two\n")
        os.write(store, b"without an end")
    await eventually(lambda: terminal.getvalue().count(b"\n") == 3)
    assert sorted(terminal.getvalue().splitlines()) == [
        b"\x1b[35m   store\x1b[0m without an end",
        b"\x1b[36m  ingest\x1b[0m broken in two",
        b"\x1b[36m  ingest\x1b[0m first",
    ]


async def test_a_service_keeps_its_colour_when_it_is_started_again() -> None:
    terminal = Terminal()
    output = Output(terminal)
    for name in ("ingest", "store", "ingest"):
        async with output.of(name) as stream:
            os.write(stream, b"hello\n")
    await eventually(lambda: terminal.getvalue().count(b"\x1b[36m  ingest\x1b[0m hello\n") == 2)


async def test_a_line_that_does_not_end_is_shown_in_parts() -> None:
    terminal = Terminal()
    async with Output(terminal).of("ingest") as stream:
        for _ in range(LONGEST_LINE // 4096 + 1):
            await asyncio.to_thread(os.write, stream, b"x" * 4096)
    await eventually(lambda: terminal.getvalue().count(b"x") > LONGEST_LINE)
    assert terminal.getvalue().startswith(b"\x1b[36m  ingest\x1b[0m xxx")


async def test_away_from_a_terminal_programs_write_to_our_own_stream() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as stream:
        async with Output(stream).of("ingest") as inherited:
            os.write(inherited, b'{"service": "ingest"}\n')
    assert os.read(reading, 100) == b'{"service": "ingest"}\n'
    os.close(reading)
