"""Read the metrics with the token or on the local port, and in no other way."""

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.running_app import free_port
from study.collect.enrolment import enrol
from tests.support.operated import operated

TOKEN = "t" * 20
EXPECTED = {
    "harmonylab_votes",
    "harmonylab_study_request_seconds",
    "harmonylab_refusals",
    "harmonylab_renders",
    "harmonylab_waiting",
    "harmonylab_disk_free_bytes",
    "harmonylab_page_queue",
    "harmonylab_participants",
    "process_resident_memory_bytes",
    "process_cpu_seconds",
}


def names(text: str) -> set[str]:
    return {family.name for family in text_string_to_metric_families(text)}


def test_without_token_and_port_there_is_no_such_page(tmp_path: Path) -> None:
    with operated(tmp_path) as server, server.client(Authorization="Bearer") as client:
        assert client.get("/metrics").status_code == 404


def test_a_wrong_token_is_refused_and_the_right_one_reads(tmp_path: Path) -> None:
    port = free_port()
    with operated(tmp_path, METRICS_TOKEN=TOKEN, METRICS_PORT=str(port)) as server, server.client() as client:
        for sent in ("", TOKEN, "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer \xfc"):
            refused = client.get("/metrics", headers=[(b"authorization", sent.encode("latin-1"))])
            assert refused.status_code == 401 and "harmonylab" not in refused.text
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.headers["content-type"].startswith("text/plain") and names(answer.text) >= EXPECTED
        assert "\nharmonylab_participants 0.0\n" in answer.text
        enrol(server.store, "small")
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert "\nharmonylab_participants 1.0\n" in answer.text
        assert names(httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text) >= EXPECTED
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
