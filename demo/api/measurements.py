"""Give the numbers that the server counts to Prometheus: with a token, or on a port of its own."""

import hmac
import math
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Metric,
    ProcessCollector,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from demo.monitoring.metrics import REGISTRY
from study.records import Unavailable

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, eq=False)  # a registry keeps collectors by identity
class Sources(Collector):
    """What is measured when somebody asks: disks by name, and gauges by name as (help, function)."""

    disks: Mapping[str, Path]
    gauges: Mapping[str, tuple[str, Callable[[], float]]]

    def collect(self) -> Iterable[Metric]:
        """Yield what was counted since the start, then what is measured now."""
        yield from REGISTRY.collect()
        free = GaugeMetricFamily("harmonylab_disk_free_bytes", "Free disk of a folder", labels=["folder"])
        for name, folder in self.disks.items():
            free.add_metric([name], _free(folder))
        yield free
        for name, (words, measure) in self.gauges.items():
            yield GaugeMetricFamily(f"harmonylab_{name}", words, value=_measured(measure))


@dataclass(frozen=True)
class Measurements:
    """The registry with all numbers, and who may read them: "" for nobody."""

    registry: CollectorRegistry
    token: str

    @classmethod
    def of(cls, sources: Sources, token: str) -> "Measurements":
        """Put counters, measurements and those of the process together."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(sources)
        ProcessCollector(registry=registry)
        return cls(registry, token)

    def read(self, request: Request) -> Response:
        """Answer with all numbers to who knows the token; without one there is no such page."""
        if not self.token:
            raise HTTPException(404)
        offered = request.headers.get("authorization", "")
        if not hmac.compare_digest(offered.encode("utf-8", "replace"), f"Bearer {self.token}".encode()):
            error = {"error": {"code": "no_token", "message": "Please send the token of METRICS_TOKEN."}}
            return JSONResponse(error, status_code=401, headers={"WWW-Authenticate": "Bearer"})
        headers = {"Cache-Control": "no-store"}
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST, headers=headers)


def measurements_router(measurements: Measurements) -> APIRouter:
    """Return the route."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/metrics", measurements.read, methods=["GET"], response_model=None)
    return router


def serve_on_port(measurements: Measurements, port: int) -> Callable[[], None]:
    """Serve the numbers on a port that only this computer reaches; return what stops it. Raises OSError."""
    server, thread = start_http_server(port, addr=LOOPBACK, registry=measurements.registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def _measured(measure: Callable[[], float]) -> float:
    try:
        return measure()
    except Unavailable:  # the other numbers are wanted most then
        return math.nan


def _free(folder: Path) -> float:
    try:
        return float(shutil.disk_usage(folder).free)
    except OSError:
        return math.nan
