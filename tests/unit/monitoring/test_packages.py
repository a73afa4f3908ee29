"""Installing a program for the tests starts nothing."""

import subprocess
from pathlib import Path

import pytest
from support.packages import WITHOUT_DAEMONS


@pytest.mark.parametrize("status", [0, 3])
def test_while_a_package_is_installed_no_daemon_may_start_and_afterwards_all_is_as_it_was(
    tmp_path: Path, status: int
) -> None:
    policy = tmp_path / "policy-rc.d"
    script = WITHOUT_DAEMONS.replace("/usr/sbin/policy-rc.d", str(policy))
    installing = ["sh", "-c", f"{policy}; echo $?; exit {status}"]
    done = subprocess.run(["sh", "-c", script, "sh", *installing], capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert (done.stdout.strip(), done.returncode) == ("101", status)
    assert not policy.exists()


def test_a_policy_of_the_machine_itself_is_left_alone(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    script = WITHOUT_DAEMONS.replace("/usr/sbin/policy-rc.d", str(policy))
    subprocess.run(["sh", "-c", script, "sh", "true"], check=True)  # noqa: S603, S607
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
