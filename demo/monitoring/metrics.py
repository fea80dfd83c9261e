"""Define the numbers that the server counts, in the text format of Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

VOTES = Counter("harmonylab_votes", "Votes by outcome of the request", ["result"], registry=REGISTRY)
STUDY_SECONDS = Histogram(
    "harmonylab_study_request_seconds",
    "Time that a request of the study API took",
    ["action"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
    registry=REGISTRY,
)
REFUSALS = Counter(
    "harmonylab_refusals", "Requests that were refused, by reason", ["reason"], registry=REGISTRY
)
RENDERS = Counter(
    "harmonylab_renders", "Pictures processed, by lane and result", ["lane", "result"], registry=REGISTRY
)
RENDER_SECONDS = Histogram(
    "harmonylab_render_seconds", "Time that processing a picture took", ["lane"], registry=REGISTRY
)
WAITING = Gauge("harmonylab_waiting", "Tasks that wait in a line", ["line"], registry=REGISTRY)
