"""The package says what the program says."""

import json
import os
import pickle
import subprocess
import threading
import time
from datetime import datetime, timezone

import pytest

import uptospeed

PROGRAM = os.environ["UPTOSPEED_PROGRAM"]
ARTICLES = int(os.environ.get("UPTOSPEED_ARTICLES", "500"))


def program(*words, given=None):
    """What the program prints; its failure is ours."""
    done = subprocess.run([PROGRAM, *words], input=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def articles(tmp_path_factory):
    """A year of invented outlets, and texts with who said what and how many were killed."""
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("sown")
    made = ARTICLES - ARTICLES // 5
    program("archive", "sow", str(folder), "--articles", str(made), "--shards", "1")
    rows = pyarrow.parquet.read_table(folder / "shard-00000.parquet").to_pylist()
    for n in range(ARTICLES - made):
        text = (
            f"At least {n + 2} people were killed when ferry {n} sank off Karsk, officials said on Tuesday. "
            f'"We saw nothing like it in {n + 3} years," said Marta Olin, the mayor of Port Belmar.'
        )
        rows.append({"id": f"own-{n}", "text": text, "published": "2026-11-03T10:00:00Z", "outlet": f"The {n % 7} Post"})
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def lines(articles):
    return "".join(json.dumps(article, ensure_ascii=False) + "\n" for article in articles)


@pytest.fixture(scope="session")
def reader():
    return uptospeed.Reader()


@pytest.fixture(scope="session")
def said(articles):
    out = program("read", "--jsonl", "--no-habits", "--offline", given=lines(articles))
    return [json.loads(line) for line in out.splitlines()]


def test_readings_are_the_programs(articles, reader, said):
    assert len(said) == ARTICLES
    for article, expected in zip(articles, said):
        assert reader.read(**article) == expected
    assert sum(len(answer["reading"]["events"]) for answer in said) > ARTICLES / 10
    assert sum(len(answer["reading"]["statements"]) for answer in said) > ARTICLES / 10


def test_batches_are_the_programs(articles, reader, said):
    import pandas
    import polars
    import pyarrow as pa

    batch = pa.RecordBatch.from_pylist([{**article} for article in articles])
    out = reader.read_batch(batch)
    assert out.schema.names == [*batch.schema.names, "reading", "error"]
    assert [json.loads(text) for text in out.column("reading").to_pylist()] == [s["reading"] for s in said]
    head = articles[:20]
    for other in (polars.DataFrame(head, infer_schema_length=None), pa.Table.from_pandas(pandas.DataFrame(head))):
        small = reader.read_batch(other, keep=False)
        assert small.schema.names == ["id", "reading", "error"]
        assert small.column("reading").to_pylist() == out.column("reading").to_pylist()[:20]


def test_stories_are_the_programs(articles, reader):
    out = program("stories", "--jsonl", "--updates", "--final", given=lines(articles))
    expected = [json.loads(line) for line in out.splitlines()]
    assert reader.stories(articles, updates=True, final=True) == expected


def test_what_cannot_be_read_is_said(reader):
    import pyarrow as pa

    with pytest.raises(ValueError, match="published"):
        reader.read("Words.", published="yesterday")
    with pytest.raises(ValueError, match="no such field: headline"):
        reader.read("Words.", headline="x")
    with pytest.raises(ValueError, match="no column text"):
        reader.read_batch(pa.table({"body": ["x"]}))
    with pytest.raises(ValueError, match="article 1"):
        reader.stories([{"text": "One."}, {"published": "x", "text": "Two."}])
    out = reader.read_batch(pa.table({"text": ["Good words.", None]}))
    assert out.column("error").to_pylist()[0] is None
    assert "neither" in out.column("error").to_pylist()[1]
    assert out.column("reading").to_pylist()[1] is None


def test_times_and_pickles(reader):
    at = datetime(2026, 11, 3, 10, tzinfo=timezone.utc)
    text = "Four people died on Tuesday, police said."
    again = pickle.loads(pickle.dumps(reader))
    assert again.read(text, published=at) == reader.read(text, published="2026-11-03T10:00:00+00:00")


def test_python_goes_on_while_texts_are_read(articles, reader):
    """The lock is released: another thread counts meanwhile."""
    rows = [json.dumps(article) for article in articles] * 2
    counted, stop = 0, threading.Event()

    def work():
        reader._native.read_many(rows)
        stop.set()

    thread = threading.Thread(target=work)
    begun = time.monotonic()
    thread.start()
    while not stop.is_set():
        counted += 1
        time.sleep(0.001)
    thread.join()
    # Were the lock held, this loop would have stood still from the first call to its end.
    assert counted > (time.monotonic() - begun) * 50
