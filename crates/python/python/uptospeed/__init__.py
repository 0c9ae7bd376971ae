"""Reads news: who says what, what happened where and when, to how many; and joins articles into stories.

The readings are those of the program `uptospeed`, field by field (docs/python.md). Packs are the program's, too:
`uptospeed packs install` fetches them once; without packs rules alone read. Nothing here uses the network.
"""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from . import _uptospeed

if TYPE_CHECKING:
    import pyarrow

__all__ = ["Reader", "read", "read_batch", "stories"]

# Fields of an article, as the program's JSON lines have them.
_FIELDS = ("id", "url", "outlet", "published", "language", "title", "text", "html")


def _packs_folder() -> Path:
    """The program's own rule: UPTOSPEED_PACKS, else the user's cache."""
    if named := os.environ.get("UPTOSPEED_PACKS"):
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "uptospeed" / "packs"


def _line(article: Mapping[str, Any]) -> str:
    """One article as a line; what is not there is left out."""
    unknown = set(article) - set(_FIELDS)
    if unknown:
        raise ValueError(f"no such field: {', '.join(sorted(map(str, unknown)))}; there are {', '.join(_FIELDS)}")
    fields = {name: value for name, value in article.items() if value is not None}
    if hasattr(fields.get("published"), "isoformat"):
        fields["published"] = _instant(fields["published"])
    return json.dumps(fields, ensure_ascii=False)


def _instant(at: Any) -> str:
    """A time as text; one without a zone is taken as UTC, as Arrow means it."""
    text = at.isoformat()
    return text if "T" not in text or getattr(at, "tzinfo", None) else text + "Z"


class Reader:
    """Loaded packs. Shared by threads; another process needs its own, so it is not pickled but loaded there again."""

    def __init__(self, packs: str | os.PathLike[str] | None | bool = True) -> None:
        """Loads packs from a folder; `True`: from where the program keeps them, `False` or `None`: none."""
        folder = _packs_folder() if packs is True else Path(packs) if packs else None
        self._packs = packs
        places = sorted(folder.glob("places-*/places.bin")) if folder else []
        has_packs = folder is not None and folder.is_dir()
        self._native = _uptospeed.Reader(
            folder if has_packs else None, places[-1] if places else None
        )

    def __reduce__(self):
        return Reader, (self._packs,)

    def read(self, text: str | None = None, **fields: Any) -> dict[str, Any]:
        """Reads one article; `{"article": ..., "reading": ...}` as `uptospeed read --jsonl` prints it.

        `fields`: id, url, outlet, published (text or datetime), language, title, html.
        """
        if text is not None:
            fields["text"] = text
        return json.loads(self._native.read(_line(fields)))

    def read_batch(self, batch: Any, *, keep: bool = True) -> "pyarrow.RecordBatch":
        """Reads rows of an Arrow batch or table on all cores; a column `reading` and a column `error` are added.

        `batch`: whatever speaks Arrow's PyCapsule interface (pyarrow, Polars, DuckDB ...), with a column `text` or `html`
        and any of the other fields of `read`. `reading` is JSON text, `null` where `error` says why. `keep=False`: these
        two columns alone, and `id` where there is one.
        """
        import pyarrow as pa

        if isinstance(batch, pa.RecordBatch):
            table = batch
        else:
            table = pa.table(batch).combine_chunks()
        columns = {name: table.column(name).to_pylist() for name in _FIELDS if name in table.schema.names}
        if "text" not in columns and "html" not in columns:
            raise ValueError(f"no column text or html, only {', '.join(table.schema.names)}")
        lines = [_line(dict(zip(columns, row))) for row in zip(*columns.values())]
        answers = self._native.read_many(lines)
        readings = [None if said is None else _reading_of(said) for said, _ in answers]
        arrays = {
            "reading": pa.array(readings, pa.string()),
            "error": pa.array([why for _, why in answers], pa.string()),
        }
        kept = table.schema.names if keep else [name for name in ("id",) if name in columns]
        out = {name: _whole(table.column(name)) for name in kept if name not in arrays}
        return pa.RecordBatch.from_pydict({**out, **arrays})

    def stories(
        self,
        articles: Iterable[Mapping[str, Any]],
        *,
        updates: bool = False,
        final: bool = False,
        now: float | None = None,
    ) -> list[dict[str, Any]]:
        """Joins articles into stories, in the order of `published`: what `uptospeed stories --jsonl` prints, line by line.

        `updates`: after each article what it brought that was new. `final`: a last entry with all stories after repairs.
        """
        lines = [_line(article) for article in articles]
        now = time.time() if now is None else now
        return [json.loads(line) for line in self._native.stories(lines, updates, final, int(now))]


def _reading_of(answer: str) -> str:
    """The reading alone, as JSON text."""
    return json.dumps(json.loads(answer)["reading"], ensure_ascii=False, separators=(",", ":"))


def _whole(column: Any) -> Any:
    """A column of a table in one piece."""
    return column.combine_chunks() if hasattr(column, "combine_chunks") else column


_lock = threading.Lock()
_shared: Reader | None = None


def _reader() -> Reader:
    """The reader that the functions of the module share, loaded at the first call."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = Reader()
        return _shared


def read(text: str | None = None, **fields: Any) -> dict[str, Any]:
    """`Reader.read` with the packs that the program has installed."""
    return _reader().read(text, **fields)


def read_batch(batch: Any, *, keep: bool = True) -> "pyarrow.RecordBatch":
    """`Reader.read_batch` with the packs that the program has installed."""
    return _reader().read_batch(batch, keep=keep)


def stories(articles: Iterable[Mapping[str, Any]], **options: Any) -> list[dict[str, Any]]:
    """`Reader.stories` with the packs that the program has installed."""
    return _reader().stories(articles, **options)
