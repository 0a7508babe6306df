"""The command line answers at once, says a mistake in one line, and shows a run to people and to machines."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cleanpipe import __version__
from cleanpipe.cli.console import bar, size, visible
from cleanpipe.cli.main import COMMANDS, cli
from cleanpipe.cli.progress import INTERVAL, Lines

COMMAND = [sys.executable, "-m", "cleanpipe"]

STORY = """Ferry service to Skerrin Island returns on Monday

The ferry to Skerrin Island will sail again on Monday after three weeks of repairs, its operator said on Friday.

Read More

Harbour master Edda Linn said the crew had replaced both bow thrusters and tested them in heavy weather.
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of each test, with two articles and a config that reads them."""
    (tmp_path / "articles" / "gazette").mkdir(parents=True)
    (tmp_path / "articles" / "ledger").mkdir()
    (tmp_path / "articles" / "gazette" / "ferry.txt").write_text(STORY)
    (tmp_path / "articles" / "ledger" / "ferry.txt").write_text(STORY.replace("Ferry service", "Boats"))
    (tmp_path / "c.yaml").write_text("inputs: [articles]\noutput: out\nworkers: 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))  # for commands in a process of their own
    return tmp_path


def call(*args: str) -> Result:
    return CliRunner().invoke(cli, args, prog_name="cleanpipe")


def refused(*args: str) -> str:
    """The one line on stderr of a command that must end with 2."""
    result = call(*args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert re.fullmatch(r"cleanpipe: [^\n]+\n", result.stderr)
    return result.stderr.removeprefix("cleanpipe: ").rstrip("\n")


def test_help_is_there_within_half_a_second() -> None:
    def cold() -> float:
        began = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], check=True, capture_output=True)
        return time.perf_counter() - began

    assert min(cold() for _ in range(3)) < 0.5


def test_the_root_lists_every_command_with_a_line() -> None:
    shown = " ".join(call("--help").stdout.split())
    for name, (_, line) in COMMANDS.items():
        assert f" {name} {line}" in shown


def test_version_is_that_of_the_package() -> None:
    assert call("--version").stdout == f"cleanpipe {__version__}\n"


def test_without_a_command_the_help_is_shown() -> None:
    result = call()
    assert result.exit_code == 2
    assert "Commands:" in result.output


def test_an_unknown_command_gets_the_nearest_one() -> None:
    assert refused("vaildate") == "unknown command 'vaildate', did you mean 'validate'?; `cleanpipe --help` shows how"


def test_an_unknown_option_gets_the_nearest_one() -> None:
    said = refused("run", "c.yaml", "--fersh")
    assert "--fersh" in said
    assert "--fresh" in said
    assert said.endswith("`cleanpipe run --help` shows how")


def test_a_missing_argument_is_named() -> None:
    assert "CONFIG" in refused("run")


@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_mistake_in_the_config_is_one_line_without_a_traceback(command: str) -> None:
    Path("c.yaml").write_text("inputs: [articles]\noutput: out\ndedupe: {}\n")
    assert refused(command, "c.yaml") == "c.yaml:3:1: unknown key 'dedupe', did you mean 'dedup'?"


def test_overrides_of_the_command_line_are_checked_like_the_file() -> None:
    assert refused("validate", "c.yaml", "--set", "worker=1").startswith("--set worker=1: unknown key 'worker'")
    assert refused("validate", "c.yaml", "-i", "artcles").startswith("--inputs artcles: no such file or folder")


def test_a_reader_that_goes_away_ends_a_command_quietly() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as closed:
        done = subprocess.run([*COMMAND, "schema"], stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (141, b"")


# --- init, schema, validate


def test_init_writes_a_config_that_is_valid_once_its_inputs_exist() -> None:
    assert call("init").exit_code == 0
    assert call("validate", "cleanpipe.yaml", "--inputs", "articles").exit_code == 0


def test_init_overwrites_only_with_force() -> None:
    Path("mine.yaml").write_text("output: mine\n")
    assert refused("init", "mine.yaml") == "mine.yaml exists; give another name, or --force to overwrite it"
    assert Path("mine.yaml").read_text() == "output: mine\n"
    assert call("init", "mine.yaml", "--force").exit_code == 0
    assert "inputs:" in Path("mine.yaml").read_text()


def test_init_into_a_folder_that_does_not_exist_is_a_mistake() -> None:
    assert refused("init", "nowhere/c.yaml") == "nowhere/c.yaml: cannot be written: No such file or directory"


def test_schema_is_json_with_every_key_described() -> None:
    properties = json.loads(call("schema").stdout)["properties"]
    assert {"inputs", "output", "clean", "dedup"} <= set(properties)
    assert all(value["description"] for value in properties.values())


def test_validate_says_what_would_be_read_and_writes_nothing() -> None:
    before = sorted(Path().rglob("*"))
    result = call("validate", "c.yaml")
    assert result.exit_code == 0, result.output
    size_of_both = sum(path.stat().st_size for path in Path("articles").rglob("*.txt"))
    assert f"would read 2 files, {size_of_both} B (text):" in result.stdout
    assert "gazette/ferry.txt" in result.stdout
    assert sorted(Path().rglob("*")) == before


def test_validate_lists_the_first_files_and_counts_the_rest() -> None:
    for number in range(20):
        Path(f"articles/gazette/{number}.txt").write_text(STORY)
    shown = call("validate", "c.yaml").stdout
    assert "would read 22 files" in shown
    assert "… and 12 more" in shown


def test_models_that_cannot_be_read_are_told_before_anything_is_touched() -> None:
    assert call("run", "c.yaml").exit_code == 0
    before = sorted(path for path in Path("out").rglob("*") if "work" not in path.parts)
    Path("models").mkdir()
    Path("models/page.npz").write_bytes(b"no model")
    for command in (["validate", "c.yaml"], ["run", "c.yaml", "--fresh"]):
        result = call(*command, "--set", "models=models")
        assert result.exit_code == 2 and "models/page.npz" in result.output
        assert len(result.output.strip().splitlines()) == 1
    assert sorted(path for path in Path("out").rglob("*") if "work" not in path.parts) == before


# --- run


def test_a_run_ends_with_a_table_that_says_what_became_of_it_and_what_to_type_next() -> None:
    done = subprocess.run([*COMMAND, "run", "c.yaml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = json.loads(Path("out/manifest.json").read_text())["counts"]
    rows = {line[:22].strip(): line[22:].split() for line in done.stdout.splitlines()}
    assert rows["documents"][0] == str(counts["documents"]) == "2"
    assert rows["blocks"][0] == str(counts["blocks"])
    assert rows["kept"][0] == str(counts["kept"])
    assert rows["stripped"][0] == str(counts["stripped"])
    assert rows["exact"][0] == str(counts["relations"]["exact"])
    for command in ("verify out", "explain out DOCUMENT", "audit out"):
        assert f"cleanpipe {command}" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert not [line for line in done.stdout.splitlines() if line != line.rstrip()]
    assert re.search(r"^\w+: .*\d\.\d s$", done.stderr, re.M)


def test_a_quiet_run_says_nothing() -> None:
    result = call("run", "c.yaml", "--quiet")
    assert (result.exit_code, result.output) == (0, "")
    assert Path("out/manifest.json").exists()


def test_a_run_for_machines_prints_its_counts_as_one_object() -> None:
    result = call("run", "c.yaml", "--json", "--quiet", "--workers", "1")
    assert json.loads(result.stdout) == json.loads(Path("out/manifest.json").read_text())["counts"]


def test_a_failed_check_ends_a_run_with_1() -> None:
    Path("articles/broken.jsonl").write_text("{not json\n" * 5)
    result = call("run", "c.yaml", "--quiet")
    assert result.exit_code == 1
    assert re.fullmatch(r"cleanpipe: quarantine: [^\n]+\n", result.stderr)


def test_a_document_that_loses_more_than_max_strip_ends_a_run_with_1() -> None:
    Path("articles/ad.txt").write_text(
        "The bridge is closed for a week, the council said on Monday.\n\nAdvertisement\n"
    )
    assert call("run", "c.yaml", "--quiet", "--max-strip", "90%").exit_code == 0
    result = call("run", "c.yaml", "--quiet", "--max-strip", "5%")
    assert result.exit_code == 1
    assert re.fullmatch(r"cleanpipe: strip: 1 of \d+ documents lose more than 5.0%[^\n]+ad the most\n", result.stderr)
    result = call("run", "c.yaml", "--max-strip", "lots")
    assert result.exit_code == 2 and "limits.max_strip: expected a share" in result.stderr


def test_on_a_terminal_a_run_shows_a_live_line_and_colours() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen([*COMMAND, "run", "c.yaml"], stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not more:
                break
            shown += more
    os.close(ours)
    assert process.returncode == 0, shown.decode()
    assert b"\x1b[1mdocuments" in shown
    assert b"\x1b[?25l" in shown  # the cursor is hidden while the live line turns
    assert b"\x1b[?25h" in shown


def test_a_stopped_run_says_how_to_go_on() -> None:
    for number in range(3000):
        Path(f"articles/gazette/{number}.txt").write_text(STORY.replace("Skerrin", f"Skerrin {number}"))
    with subprocess.Popen(
        [*COMMAND, "run", "c.yaml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()  # it has begun
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        process.wait(timeout=30)
    assert process.returncode == 130
    assert said.endswith("cleanpipe: stopped; the same command, without --fresh, goes on where this one stopped\n")
    assert "Traceback" not in said


# --- what is printed


def test_plain_progress_is_a_line_when_a_step_is_done_and_one_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 1.0, INTERVAL + 1, INTERVAL + 2, 20.0, 22.5, 23.0, 23.1, 24.0, 43.0])
    report = Lines(clock=lambda: next(times))
    for step, done, total in [
        ("map", 0, 9),
        ("map", 1, 9),
        ("map", 5, 9),
        ("map", 9, 9),
        ("edges", 0, 1),
        ("edges", 1, 1),
        ("quick", 0, 1),
        ("quick", 1, 1),
    ]:
        report(step, done, total)
    report("pairs", 0, 0)
    report("pairs", 7, 0)
    assert capsys.readouterr().err.splitlines() == [
        "map: 5 of 9, 6.0 s",
        "map: 9 of 9, 7.0 s",
        "edges: 2.5 s",
        "pairs: 7 so far, 19.0 s",
    ]


def test_text_of_a_page_cannot_steer_a_terminal() -> None:
    assert visible("a\x1b[31mb\u202ec\x07\ttab é") == "a\\x1b[31mb\\u202ec\\x07\ttab é"


@pytest.mark.parametrize(("count", "shown"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (2**40, "1.0 TiB")])
def test_sizes_are_shown_with_a_unit(count: int, shown: str) -> None:
    assert size(count) == shown


@pytest.mark.parametrize(("share", "length"), [(0, 0), (0.001, 1), (0.5, 12), (1, 24)])
def test_a_bar_is_never_invisible_for_something(share: float, length: int) -> None:
    assert len(bar(share)) == length
