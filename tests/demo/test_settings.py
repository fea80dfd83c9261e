"""Check that the settings follow the environment variables, and that a wrong value is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.guard.rules.policy import Rate, Rates
from demo.settings import BadSettings, Settings
from tests.support.paths import ROOT


def from_env(folder: Path, **env: str) -> Settings:
    return Settings.from_env({"DATA_DIR": str(folder), **env})


def test_defaults_serve_this_machine_only(tmp_path: Path) -> None:
    settings = from_env(tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)
    assert settings.database_url == f"sqlite:///{tmp_path / 'harmonylab.db'}"


def test_a_space_serves_its_visitors(tmp_path: Path) -> None:
    assert from_env(tmp_path, SPACE_ID="someone/lab").host == "0.0.0.0"


def test_a_space_keeps_its_data_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings.from_env({"SPACE_ID": "someone/lab"}).data_dir == tmp_path / "harmonylab-data"
    assert from_env(tmp_path / "mine", SPACE_ID="someone/lab").data_dir == tmp_path / "mine"


def test_variables_set_the_values(tmp_path: Path) -> None:
    settings = from_env(tmp_path, HOST="0.0.0.0", PORT="81", DATABASE_URL="sqlite:///x.db", SECRET="s" * 32)
    assert (settings.host, settings.port) == ("0.0.0.0", 81)
    assert (settings.database_url, settings.secret) == ("sqlite:///x.db", "s" * 32)


def test_variables_of_gradio_set_the_address_too(tmp_path: Path) -> None:
    settings = from_env(tmp_path, GRADIO_SERVER_NAME="0.0.0.0", GRADIO_SERVER_PORT="7862")
    assert (settings.host, settings.port) == ("0.0.0.0", 7862)
    assert from_env(tmp_path, GRADIO_SERVER_PORT="7862", PORT="81").port == 81


def test_a_bad_port_of_gradio_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="GRADIO_SERVER_PORT"):
        from_env(tmp_path, GRADIO_SERVER_PORT="no")


def test_the_data_folder_is_made(tmp_path: Path) -> None:
    assert from_env(tmp_path / "new" / "data").data_dir.is_dir()


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = from_env(tmp_path)
    assert first.secret == from_env(tmp_path).secret
    assert len(first.secret) == 64
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.tmp"))


def test_every_purpose_has_a_key_of_its_own(tmp_path: Path) -> None:
    settings = from_env(tmp_path)
    keys = {settings.key_for("views"), settings.key_for("browser"), settings.secret}
    assert len(keys) == 3


@pytest.mark.parametrize("port", ["no", "0", "65536", "-1", "80.5"])
def test_a_bad_port_is_named(tmp_path: Path, port: str) -> None:
    with pytest.raises(BadSettings, match="PORT"):
        from_env(tmp_path, PORT=port)


def test_a_file_in_place_of_the_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match="DATA_DIR"):
        from_env(tmp_path / "file")


def test_an_empty_secret_file_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(BadSettings, match="secret"):
        from_env(tmp_path)


def test_gradio_reports_nothing_and_uploads_stay_in_the_data_folder(tmp_path: Path) -> None:
    environment = from_env(tmp_path).gradio_environment
    assert environment["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert Path(environment["GRADIO_TEMP_DIR"]).is_relative_to(tmp_path)


def test_a_picture_may_take_two_gigabytes_unless_the_environment_says_otherwise(tmp_path: Path) -> None:
    assert from_env(tmp_path).pictures.memory_mb == 2000
    assert from_env(tmp_path, PICTURE_MEMORY_MB="500").pictures.memory_mb == 500
    with pytest.raises(BadSettings, match="PICTURE_MEMORY_MB"):
        from_env(tmp_path, PICTURE_MEMORY_MB="lots")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "x", "PORT is 'x': please use a number from 1 to 65535."),
        ("METRICS_PORT", "0", "METRICS_PORT is '0': please use a number from 1 to 65535."),
        ("FREE_MEGABYTES", "-1", "FREE_MEGABYTES is '-1': please use a whole number, such as 200."),
        ("COMPARE_SECONDS", "inf", "COMPARE_SECONDS is 'inf': please use a number above 0."),
        ("UPLOAD_MB", "0", "UPLOAD_MB is '0': please use a number above 0."),
        ("CONNECTIONS", "many", "CONNECTIONS is 'many': please use a whole number above 0."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud': please use one of debug, info, warning, error."),
        (
            "RATE_VOTES",
            "9/x",
            "RATE_VOTES is '9/x': please write it like 60/1 (at once / each second), or 0 for none.",
        ),
    ],
)
def test_a_wrong_value_gives_one_sentence_that_names_the_variable(
    tmp_path: Path, name: str, value: str, words: str
) -> None:
    with pytest.raises(BadSettings) as refused:
        from_env(tmp_path, **{name: value})
    assert str(refused.value) == words


def test_a_key_that_is_too_short_is_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as refused:
        from_env(tmp_path, ORGANIZER_KEY="hunter2")
    assert str(refused.value).startswith("ORGANIZER_KEY is too easy to guess")
    assert "hunter2" not in str(refused.value) and refused.value.__cause__ is None


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    settings = from_env(tmp_path, PORT="", METRICS_PORT="", LOG_LEVEL="", RATE_VOTES="", ALLOWED_HOSTS="")
    assert (settings.port, settings.operations.metrics_port) == (7860, None)
    assert settings.guard == from_env(tmp_path).guard


def test_values_are_read_by_the_variable_alone(tmp_path: Path) -> None:
    settings = from_env(tmp_path, UPLOAD_MB="0.5", RATE_CALLS="3/2", RATE_VOTES="7", upload_mb="9")
    assert settings.guard.uploads.file == 1 << 19
    assert (settings.guard.rates.calls, settings.guard.rates.votes) == (Rate(3, 2), Rate(7, 7))
    assert settings.guard.rates.pages == Rates().pages


def test_the_program_ends_with_the_sentence_and_no_traceback(tmp_path: Path) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path), "BODY_SECONDS": "soon"}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == "BODY_SECONDS is 'soon': please use a number above 0.\n"
