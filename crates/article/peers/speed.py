"""Processor seconds that a peer needs for files: `speed.py trafilatura|resiliparse|feedparser LIST`; LIST names one file a line.

What is read and unpacked beforehand is not counted. `cargo xtask bench article` runs it beside the crate's example `speed`.
"""

import gzip
import json
import logging
import sys
import time


def load(name):
    with open(name, "rb") as file:
        data = file.read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def reader(peer):
    if peer == "trafilatura":
        import trafilatura

        return lambda page: trafilatura.bare_extraction(page, with_metadata=True)
    if peer == "resiliparse":
        from resiliparse.extract.html2text import extract_plain_text
        from resiliparse.parse.html import HTMLTree

        # it gives the text alone: no authors, no dates
        return lambda page: extract_plain_text(HTMLTree.parse(page.decode("utf-8", "replace")), main_content=True)
    import feedparser

    # its sanitizer is a job that our parser leaves to whoever shows the text
    return lambda feed: feedparser.parse(feed, sanitize_html=False)


def main():
    peer, names = sys.argv[1], sys.argv[2]
    logging.disable(logging.CRITICAL)
    with open(names, encoding="utf-8") as file:
        files = [load(line.strip()) for line in file if line.strip()]
    read = reader(peer)
    failed = 0
    for data in files[:3]:
        read(data)
    start = time.process_time()
    for data in files:
        try:
            read(data)
        except Exception:
            failed += 1
    seconds = time.process_time() - start
    print(json.dumps({"files": len(files), "bytes": sum(map(len, files)), "seconds": seconds, "failed": failed}))


main()
