"""Serve the metrics of the server to Prometheus: with a token, or on a port of their own."""

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
    """Measure at each request: free space of folders by name, and gauges by name as (help, function)."""

    disks: Mapping[str, Path]
    gauges: Mapping[str, tuple[str, Callable[[], float]]]

    def collect(self) -> Iterable[Metric]:
        """Yield the counts since the start of the server, then the values measured now."""
        yield from REGISTRY.collect()
        free = GaugeMetricFamily("harmonylab_disk_free_bytes", "Free disk of a folder", labels=["folder"])
        for name, folder in self.disks.items():
            free.add_metric([name], _free(folder))
        yield free
        for name, (description, measure) in self.gauges.items():
            yield GaugeMetricFamily(f"harmonylab_{name}", description, value=_measured(measure))


@dataclass(frozen=True)
class Measurements:
    """Hold the registry of all metrics, and the token that reads them; without a token nobody may."""

    registry: CollectorRegistry
    token: str

    @classmethod
    def of(cls, sources: Sources, token: str) -> "Measurements":
        """Combine counts, measured values and those of the process in one registry."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(sources)
        ProcessCollector(registry=registry)
        return cls(registry, token)

    def read(self, request: Request) -> Response:
        """Return all metrics to a request with the token. Raises HTTPException 404 where no token is set."""
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
    """Serve the metrics on a port of this computer alone; return a function that stops it. Raises OSError."""
    server, thread = start_http_server(port, addr=LOOPBACK, registry=measurements.registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def _measured(measure: Callable[[], float]) -> float:
    try:
        return measure()
    except Unavailable:  # the other metrics are most useful then
        return math.nan


def _free(folder: Path) -> float:
    try:
        return float(shutil.disk_usage(folder).free)
    except OSError:
        return math.nan
