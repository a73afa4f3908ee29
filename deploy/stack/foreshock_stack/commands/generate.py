"""`./run generate`: synthetic posts as JSONL on stdout, for load tests of one's own."""

import json
import sys

from foreshock_stack.load import Load, posts


def run(load: Load) -> int:
    """Write them all; a reader that has seen enough may leave."""
    try:
        for row in posts(load):
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()  # the interpreter would complain about the pipe at its end
    return 0
