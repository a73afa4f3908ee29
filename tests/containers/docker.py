"""Docker itself, for what compose does not do."""

import subprocess


def docker(*arguments: str, given: str | None = None) -> str:
    """What docker prints; a failure tells what it said."""
    done = subprocess.run(["docker", *arguments], input=given, capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout
