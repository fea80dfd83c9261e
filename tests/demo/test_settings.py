"""What the environment decides."""

from pathlib import Path

import pytest

from demo.settings import BadSettings, Settings


def from_env(folder: Path, **env: str) -> Settings:
    return Settings.from_env({"DATA_DIR": str(folder), **env})


def test_defaults_serve_this_machine_only(tmp_path: Path) -> None:
    settings = from_env(tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)
    assert settings.database_url == f"sqlite:///{tmp_path / 'harmonylab.db'}"


def test_a_space_serves_its_visitors(tmp_path: Path) -> None:
    assert from_env(tmp_path, SPACE_ID="someone/lab").host == "0.0.0.0"


def test_the_environment_is_obeyed(tmp_path: Path) -> None:
    settings = from_env(tmp_path, HOST="0.0.0.0", PORT="81", DATABASE_URL="sqlite:///x.db", SECRET="s" * 32)
    assert (settings.host, settings.port) == ("0.0.0.0", 81)
    assert (settings.database_url, settings.secret) == ("sqlite:///x.db", "s" * 32)


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
    assert from_env(tmp_path).picture_memory_mb == 2000
    assert from_env(tmp_path, PICTURE_MEMORY_MB="500").picture_memory_mb == 500
    with pytest.raises(BadSettings, match="PICTURE_MEMORY_MB"):
        from_env(tmp_path, PICTURE_MEMORY_MB="lots")
