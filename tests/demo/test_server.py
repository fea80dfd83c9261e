"""Check the routes of the web application from outside: their responses, and what these never contain."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from demo import VERSION
from demo.server import build_app
from demo.settings import Settings
from tests.support.operated import wait_for_the_example_study


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.from_env({"DATA_DIR": str(tmp_path_factory.mktemp("data"))})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(build_app(settings), base_url="http://127.0.0.1") as client:
        yield client


def test_the_example_study_is_made_while_the_server_runs(client: TestClient) -> None:
    wait_for_the_example_study(client)
    answer = client.get("/api/study/first-look")
    assert answer.status_code == 200


def test_health_names_version_and_weights(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["version"]) == ("ok", VERSION)
    assert len(body["weights"]) == 12


@pytest.mark.parametrize("route", ["/", "/compare", "/study", "/results", "/organizer"])
def test_pages_are_served_and_contain_no_path_of_this_machine(
    client: TestClient, settings: Settings, route: str
) -> None:
    answer = client.get(route)
    assert answer.status_code == 200
    assert str(settings.data_dir) not in answer.text
    assert settings.secret not in answer.text


@pytest.mark.parametrize(
    "path", ["/media/x", "/media/..%2Fsecret", "/view/x", "/view/..%2Fsecret", "/view/secret"]
)
def test_unknown_files_are_not_found(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "name", ["secret", "organizer_key", "harmonylab.db", "studies/first-look/study.json"]
)
def test_gradio_sends_no_file_of_the_data_folder(client: TestClient, settings: Settings, name: str) -> None:
    wait_for_the_example_study(client)
    assert (settings.data_dir / name).exists()
    assert client.get(f"/gradio_api/file={settings.data_dir / name}").status_code in (403, 404)


def test_only_harmonize_is_a_public_function(client: TestClient) -> None:
    assert list(client.get("/gradio_api/info").json()["named_endpoints"]) == ["/harmonize"]


def test_no_page_counts_its_visitors_or_keeps_their_runs(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["analytics_enabled"] is False
    assert not config.get("run_history")
