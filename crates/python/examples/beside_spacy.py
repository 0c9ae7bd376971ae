"""Words a second of the wheel and of spaCy, one thread each, taking turns in one process: what is read is very different.

    beside_spacy.py ARTICLES.jsonl      English news, {"text": ...} a line

spaCy tags, parses and names entities with the same pipeline that our pack `en` was made of; the wheel does that and reads who
said what, what happened, where, when and to how many on top of it. Rates are by processor time, the best of three turns.
"""

import os

# Before anything that counts cores is loaded.
for name in ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import json
import sys
import time
from pathlib import Path

import pyarrow
import spacy

import uptospeed

TURNS = 3


def rate(words, run):
    """Words in a second of processor time."""
    begun = time.process_time()
    run()
    return words / (time.process_time() - begun)


def pipeline():
    """The folder of spaCy's pipeline in the packs."""
    home = os.environ.get("UPTOSPEED_PACKS") or Path.home() / ".cache" / "uptospeed" / "packs"
    return next(Path(home).glob("en-*/**/config.cfg")).parent


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    table = pyarrow.table({"text": texts})
    words = sum(len(text.split()) for text in texts)
    nlp, reader = spacy.load(pipeline()), uptospeed.Reader()
    theirs, ours = 0.0, 0.0
    for _ in range(TURNS):
        theirs = max(theirs, rate(words, lambda: list(nlp.pipe(texts))))
        ours = max(ours, rate(words, lambda: reader.read_batch(table)))
    print(f"{len(texts)} texts, {words} words; a second: spaCy {theirs:,.0f}, uptospeed {ours:,.0f}: {ours / theirs:.1f} times")
    assert ours > theirs, "the wheel is slower than spaCy"
