"""Test who may sign in for the variables that are set, on this machine and on a Space."""

import re
import stat
from pathlib import Path

import pytest

from demo.organizer.sign_in_settings import OrganizerSettings
from demo.settings import BadSettings

KEY = "k" * 32
SPACE = {"SPACE_ID": "a/b", "SPACE_HOST": "a-b.hf.space,study.example"}
LOGIN = {"OAUTH_CLIENT_ID": "client", "OAUTH_CLIENT_SECRET": "password"}


def test_without_variables_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first, second = (OrganizerSettings.from_env({}, tmp_path) for _ in range(2))
    assert first.made_key == second.made_key and re.fullmatch("[0-9a-f]{64}", first.made_key)
    assert first.keys == {"organizer": first.made_key} and first.off == ""
    assert stat.S_IMODE((tmp_path / "organizer_key").stat().st_mode) == 0o600


def test_keys_have_names(tmp_path: Path) -> None:
    given = {"ORGANIZER_KEY": KEY, "ORGANIZER_KEYS": f"anna:{'a' * 12}, ben-2:{'b:' * 6},"}
    settings = OrganizerSettings.from_env(given, tmp_path)
    assert settings.keys == {"organizer": KEY, "anna": "a" * 12, "ben-2": "b:" * 6}
    assert settings.made_key == "" and not (tmp_path / "organizer_key").exists()


def test_people_learn_where_the_key_is(tmp_path: Path) -> None:
    def where(**env: str) -> str:
        return OrganizerSettings.from_env(env, tmp_path).where

    assert "terminal" in where() and where(**SPACE) == ""
    assert "variable ORGANIZER_KEY," in where(ORGANIZER_KEY=KEY)
    assert "variable ORGANIZER_KEYS," in where(ORGANIZER_KEYS=f"anna:{KEY}")
    assert "secret ORGANIZER_KEY in the settings of this Space" in where(**SPACE, ORGANIZER_KEY=KEY)


def test_a_space_makes_no_key_and_states_what_to_set(tmp_path: Path) -> None:
    settings = OrganizerSettings.from_env(SPACE, tmp_path)
    assert settings.keys == {} and settings.accounts == frozenset()
    assert "ORGANIZER_KEY" in settings.off and "hf_oauth" in settings.off
    assert OrganizerSettings.from_env(SPACE | {"ORGANIZERS": "anna"}, tmp_path).off == settings.off
    assert not (tmp_path / "organizer_key").exists()


def test_a_space_with_a_list_of_accounts(tmp_path: Path) -> None:
    settings = OrganizerSettings.from_env(SPACE | LOGIN | {"ORGANIZERS": "Anna,ben"}, tmp_path)
    assert settings.accounts == {"anna", "ben"} and settings.off == "" and settings.keys == {}
    assert settings.redirect_host == "a-b.hf.space" and settings.provider == "https://huggingface.co"


@pytest.mark.parametrize(
    "given",
    [
        {"ORGANIZER_KEY": "short"},
        {"ORGANIZER_KEY": "a line\nand another"},
        {"ORGANIZER_KEYS": KEY},
        {"ORGANIZER_KEYS": f"Anna:{KEY}"},
        {"ORGANIZER_KEYS": f"organizer:{KEY}"},
        {"ORGANIZER_KEYS": f"anna:{KEY},anna:{KEY}2"},
        {"ORGANIZER_KEYS": f"anna:{KEY},ben:{KEY}"},
        {"ORGANIZER_KEYS": "anna:short-key"},
        {"OPENID_PROVIDER_URL": "http://huggingface.co"},
    ],
)
def test_bad_settings_are_named_without_the_key(tmp_path: Path, given: dict[str, str]) -> None:
    (name,) = given
    with pytest.raises(BadSettings, match=name) as refused:
        OrganizerSettings.from_env(given, tmp_path)
    assert KEY not in str(refused.value) and "short-key" not in str(refused.value)
