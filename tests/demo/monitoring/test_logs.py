"""Check the log: one record on each line, without personal data, with limits on repetition."""

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from demo.monitoring.logs import (
    AddRequestNumber,
    KeyValueFormatter,
    LimitRepeatedLines,
    LimitTracebacks,
    without_personal_data,
)
from demo.monitoring.repeats import RepeatLimit

FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')


def fields(line: str) -> dict[str, str]:
    """Return the fields of a log line as a program would parse them."""
    return {
        name: json.loads(value) if value.startswith('"') else value for name, value in FIELD.findall(line)
    }


def record(message: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("demo.test", logging.WARNING, __file__, 1, message, args, info)


def raised(text: str, kind: type[Exception] = ValueError) -> Exception:
    try:
        raise kind(text)
    except kind as error:
        return error


def test_a_record_is_one_line_with_time_level_logger_and_request() -> None:
    made = record('two\nlines and a "quote" of %d', 5, error=raised("bad\nthing"))
    AddRequestNumber().filter(made)
    line = KeyValueFormatter().format(made)
    assert "\n" not in line
    parsed = fields(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", parsed["time"])
    assert (parsed["level"], parsed["logger"], parsed["request"]) == ("warning", "demo.test", "-")
    assert parsed["message"] == 'two\nlines and a "quote" of 5'
    assert parsed["traceback"].startswith("Traceback") and "ValueError: bad\nthing" in parsed["traceback"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("from 203.0.113.7:5000", "from address:5000"),
        ("peer 2001:db8::7334 left", "peer address left"),
        ("GET /study?PROLIFIC_PID=abc&x=1 failed", "GET /study?… failed"),
        ("participant 5f1a2b3c4d5e6f7a8b9c0d1e", "participant token"),
        ("[SQL: SET b=?]\n[parameters: ('5f1a', [1])]\nend", "[SQL: SET b=?]\n[parameters left out]\nend"),
        ("double\nDETAIL:  Key (external_id)=(anna) already exists.\nx", "double\nDETAIL left out\nx"),
        ("postgresql+psycopg://lab:secret@db/lab", "postgresql+psycopg://…@db/lab"),
    ],
)  # fmt: skip
def test_personal_data_is_removed(text: str, left: str) -> None:
    assert without_personal_data(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "HarmonyLab on http://127.0.0.1:7860",
        "File /app/site-packages/gradio/queueing.py, line 123, in a_name_that_is_rather_long",
        "at 2026-01-02T03:04:05.678Z, after 12:34:56 and 10 ms",
        "study-2-of-3: 5 of 12 pictures",
    ],
)
def test_text_without_personal_data_stays(text: str) -> None:
    assert without_personal_data(text) == text


def test_a_fault_has_one_traceback_then_lines_then_a_count() -> None:
    few = LimitTracebacks()
    records = [record("It failed", error=raised(f"no {n}")) for n in range(25)]
    kept = [each for each in records if few.filter(each)]
    assert [bool(each.exc_info) for each in kept] == [True] + [False] * 19
    assert kept[1].getMessage().startswith("It failed: ValueError at test_logs.py:")


def test_an_exception_reported_twice_is_one_record() -> None:
    few, error = LimitTracebacks(), raised("x")
    assert [few.filter(record("It failed", error=error)) for _ in range(2)] == [True, False]


def test_equal_lines_are_counted_after_a_while() -> None:
    few = LimitRepeatedLines()
    kept = [few.filter(record("%s answered after %d ms", "/media", n)) for n in range(100)]
    assert sum(kept) == 30
    assert few.filter(record("%s answered after %d ms", "/view", 1))


def test_the_next_record_has_the_number_left_out() -> None:
    now = 0.0
    repeats = RepeatLimit(1, 60, now=lambda: now)
    assert [repeats.left_out("a") for _ in range(3)] == [0, None, None]
    now = 61.0
    assert repeats.left_out("a") == 2 and repeats.left_out("b") == 0


def test_a_log_file_rotates_and_the_terminal_stays_empty(tmp_path: Path) -> None:
    script = f"""
import logging, sys, threading, warnings
from pathlib import Path
from demo.monitoring import logs
logs.BYTES_A_FILE = 2000
logs.set_up_logs(logging.INFO, Path({str(tmp_path / "lab.log")!r}))
for n in range(25):
    logging.getLogger("demo").info("line %s", str(n))
logging.getLogger("uvicorn.error").info("left out")
warnings.warn("mind this")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    files = sorted(tmp_path.glob("lab.log*"), reverse=True)
    assert len(files) > 1
    lines = "".join(path.read_text() for path in files).splitlines()
    parsed = [fields(line) for line in lines]
    assert [each["message"] for each in parsed[:2]] == ["line 0", "line 1"]
    assert any("mind this" in each["message"] for each in parsed)
    assert "ZeroDivisionError" in parsed[-1]["traceback"]
    assert not any("left out" in each["message"] for each in parsed)
