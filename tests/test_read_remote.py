"""Remote inputs: a real server that speaks S3, and one that speaks HTTP, both on this machine."""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanpipe.errors import UserError
from cleanpipe.model import Record
from cleanpipe.read import InputSpec, Limits, plan, read, remote

pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'cleanpipe[s3]'")
server = pytest.importorskip("moto.server", reason="moto is not installed: pip install 'moto[server]'")

CONFIGS = Path(__file__).parents[1] / "configs"
TEXTS = ["The ferry lay at the pier until noon, and nobody knew why it had come so early.", "A lamp on the quay burns."]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What lets a process reach the server, and a bucket with texts in it."""
    moto = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    found = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "us", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.items():
            patch.setenv(name, value)
        import s3fs

        bucket = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
        bucket.mkdir("crawl")
        bucket.pipe("crawl/news/bell/a.txt", TEXTS[0].encode())
        lines = "".join(json.dumps({"id": f"r{n}", "text": text}) + "\n" for n, text in enumerate(TEXTS))
        bucket.pipe("crawl/news/b.jsonl.gz", gzip.compress(lines.encode()))
        path = tmp_path_factory.mktemp("table") / "c.parquet"
        pq.write_table(pa.table({"text": TEXTS, "id": ["t0", "t1"]}), path)
        bucket.pipe("crawl/news/c.parquet", path.read_bytes())
        bucket.pipe("crawl/news/.hidden.txt", b"no")
        bucket.mkdir("news-archive")
        bucket.pipe("news-archive/2031/02/03/b.jsonl.gz", gzip.compress(lines.encode()))
        bucket.pipe("news-archive/tables/c.parquet", path.read_bytes())
        bucket.pipe("crawl/news/picture.png", b"\x89PNG")
        yield found
    moto.stop()


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(path: str) -> dict[tuple[str, str], list[str]]:
    """The texts of each file of an input."""
    rows = {}
    for _, files in plan([InputSpec(path)]).shards:
        for file in files:
            records = [row for row in read(file, Limits()) if isinstance(row, Record)]
            rows[file.root, file.path] = [record.text for record in records]
    return rows


def test_a_folder_a_glob_and_a_file_of_a_bucket_are_read(environment: dict[str, str]) -> None:
    root = "s3://crawl/news"
    everything = {(root, "bell/a.txt"): TEXTS[:1], (root, "b.jsonl.gz"): TEXTS, (root, "c.parquet"): TEXTS}
    assert found("s3://crawl/news") == found("s3://crawl/news/") == everything
    assert found("s3://crawl/news/*.gz") == {(root, "b.jsonl.gz"): TEXTS}
    assert found("s3://crawl/news/c.parquet") == {(root, "c.parquet"): TEXTS}
    assert found("s3://crawl/news/**/*.txt") == {(root, "bell/a.txt"): TEXTS[:1]}
    assert found("s3://crawl/n*") == {("s3://crawl", f"news/{path}"): texts for (_, path), texts in everything.items()}
    assert plan([InputSpec("s3://crawl/news")]).passed_over == {".png": 1, "hidden": 1}


@pytest.mark.parametrize(
    ("config", "ids"),
    [("c.yaml", ["bell/a", "r0", "r1", "t0", "t1"]), (str(CONFIGS / "s3.yaml"), ["r0", "r1", "t0", "t1"])],
    ids=["a folder", "s3.yaml"],
)
def test_a_run_over_a_bucket_verifies_against_it(
    environment: dict[str, str], tmp_path: Path, config: str, ids: list[str]
) -> None:
    Path("c.yaml").write_text("inputs: [s3://crawl/news]\noutput: out\nworkers: 2\n")
    command = [sys.executable, "-m", "cleanpipe"]
    for words in (["run", config, "--quiet", "--output", "out", "--set", "compress=none"], ["verify", "out"]):
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(line) for path in Path("out/corpus").glob("*") for line in path.open(encoding="utf-8")]
    assert sorted(row["id"] for row in rows) == ids
    assert "rows of tables rebuilt byte for byte" in done.stdout


def test_an_object_that_has_changed_since_the_run_is_found(environment: dict[str, str], tmp_path: Path) -> None:
    import s3fs

    bucket = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
    bucket.mkdir("changing")
    bucket.pipe("changing/a.txt", TEXTS[0].encode())
    Path("c.yaml").write_text("inputs: [s3://changing]\noutput: out\n")
    command = [sys.executable, "-m", "cleanpipe"]
    assert subprocess.run([*command, "run", "c.yaml", "--quiet"], check=False).returncode == 0
    bucket.pipe("changing/a.txt", TEXTS[1].encode())
    done = subprocess.run([*command, "verify", "out"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "s3://changing/a.txt: changed since the run" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("s3://no-such-bucket/a", "no such file or folder: s3://no-such-bucket/a"),
        ("s3://crawl/nothing", "no such file or folder: s3://crawl/nothing"),
        ("s3://crawl/*.nothing", "no such file or folder: s3://crawl/*.nothing"),
        ("memory://crawl/a", "memory:// is of one process only"),
        ("carrier-pigeon://crawl/a", "carrier-pigeon:// is no protocol that fsspec knows"),
    ],
)
def test_what_cannot_be_listed_is_the_users_mistake_in_one_line(
    environment: dict[str, str], path: str, message: str
) -> None:
    with pytest.raises(UserError) as error:
        plan([InputSpec(path)])
    assert message in str(error.value) and "\n" not in str(error.value)


def test_without_credentials_or_a_server_the_mistake_says_so(environment: dict[str, str]) -> None:
    without = {name: value for name, value in os.environ.items() if not name.startswith("AWS_ACCESS")}
    without |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    del without["AWS_SECRET_ACCESS_KEY"]
    nowhere = os.environ | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    Path("c.yaml").write_text("inputs: [s3://crawl/news]\noutput: out\n")
    for environ, message in ((without, "no credentials: set AWS_ACCESS_KEY_ID"), (nowhere, "Could not connect")):
        command = [sys.executable, "-m", "cleanpipe", "validate", "c.yaml"]
        done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
        assert done.returncode == 2 and message in done.stderr, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_protocol_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UserError, match=r"s3:// needs a library that is not installed: pip install 'cleanpipe\[s3\]'"):
        plan([InputSpec("s3://crawl/news")])


def test_a_file_of_a_web_server_is_read_and_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXTS[0]}) + "\n")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{web.server_port}"
        assert found(f"{root}/a.jsonl") == {(root, "a.jsonl"): TEXTS[:1]}
        with pytest.raises(UserError, match=rf"nothing can be had from {root}/b.jsonl \(it answers 404 .*\): check"):
            plan([InputSpec(f"{root}/b.jsonl")])
        web.shutdown()
    with pytest.raises(
        UserError, match=r"nothing can be had from http://127\.0\.0\.1:9/b\.jsonl \(.*\): check the address"
    ):
        plan([InputSpec("http://127.0.0.1:9/b.jsonl")])


def test_a_file_address_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One")
    assert found(f"file://{tmp_path}/a.txt") == {(str(tmp_path), "a.txt"): ["One"]}
    assert not remote.is_remote("a:/b") and not remote.is_remote(f"file://{tmp_path}")
