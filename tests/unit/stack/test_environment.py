"""What the stack reads from its environment, and what it says when something there is wrong."""

from pathlib import Path

import pytest

from foreshock_shared.runtime.errors import ConfigurationError
from foreshock_stack.environment import locked, read_environment

CHECKOUT = Path("/home/somebody/foreshock")


def test_without_settings_everything_has_its_place_in_the_checkout() -> None:
    environment = read_environment({}, checkout=CHECKOUT, as_root=False)
    assert environment.state_dir == CHECKOUT / ".foreshock"
    assert environment.config_dir == CHECKOUT / "config"
    assert environment.address("ingest") == "http://127.0.0.1:8701"
    assert environment.address("notify") == "http://127.0.0.1:8704"


def test_the_state_of_root_lies_where_other_users_can_pass_and_differs_by_checkout() -> None:
    mine = read_environment({}, checkout=CHECKOUT, as_root=True).state_dir
    other = read_environment({}, checkout=Path("/srv/foreshock"), as_root=True).state_dir
    assert mine.parent == other.parent == Path("/var/lib/foreshock")
    assert mine != other


@pytest.mark.parametrize("base", ["0", "-1", "65532", "8700.0", "many", "٨٧٠٠"])
def test_a_port_base_that_leaves_no_room_is_named(base: str) -> None:
    with pytest.raises(ConfigurationError, match=f"FORESHOCK_PORT_BASE={base}"):
        read_environment({"FORESHOCK_PORT_BASE": base})


def test_secrets_come_from_files_too_and_stay_out_of_what_is_printed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("key-of-a-file\n")
    environment = read_environment(
        {
            "FORESHOCK_API_KEY_FILE": str(tmp_path / "key"),
            "FORESHOCK_REDIS_URL": "redis://:hidden@there",
            "DESK_SECRET": "hidden-too",
        }
    )
    assert environment.api_key().get_secret_value() == "key-of-a-file"
    assert "hidden" not in repr(environment)
    assert "key-of-a-file" not in repr(environment)


def test_a_secret_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ConfigurationError, match="FORESHOCK_API_KEY_FILE=/nowhere cannot be read"):
        read_environment({"FORESHOCK_API_KEY_FILE": "/nowhere"})


def test_the_users_variables_reach_the_services_and_the_administrators_address_does_not() -> None:
    variables = {"DESK_SECRET": "x", "FORESHOCK_DATABASE_URL": "postgresql://admin", "FORESHOCK_REDIS_URL_FILE": ""}
    assert read_environment(variables).passed == {"DESK_SECRET": "x"}


def test_the_key_is_made_once_kept_and_nobody_elses_to_read(tmp_path: Path) -> None:
    variables = {"FORESHOCK_STATE_DIR": str(tmp_path / "state")}
    first, second = read_environment(variables).api_key(), read_environment(variables).api_key()
    assert first == second
    assert len(first.get_secret_value()) >= 32
    assert (tmp_path / "state" / "secrets" / "api-key").stat().st_mode & 0o777 == 0o600


def test_a_state_folder_is_for_one_stack_at_a_time(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with (
        locked(state),
        pytest.raises(ConfigurationError, match=r"already runs on .*state \(process \d+\)"),
        locked(state),
    ):
        pass
    with locked(state):
        pass
