#!/usr/bin/env python3
"""Compares the language engine with spaCy itself, field by field, and both for speed.

    python3 -m venv V && V/bin/pip install 'spacy==3.8.*'
    V/bin/python compare.py --pack FOLDER --program 'COMMAND' TEXTS.jsonl

FOLDER is the pipeline's folder (with config.cfg). COMMAND reads {id, text, language} a line and prints what `uptospeed parse`
prints. TEXTS has {text} a line. Prints one line a field, the first mismatches, and spaCy's tokens a second on one core.
"""
import argparse
import json
import subprocess
import sys
import time

FIELDS = ('text', 'start', 'end', 'ws', 'tag', 'pos', 'morph', 'lemma', 'head', 'dep', 'sent_start', 'ent_iob', 'ent_type')


def row(t):
    return (t.text, t.idx, t.idx + len(t), bool(t.whitespace_), t.tag_, t.pos_, str(t.morph), t.lemma_, t.head.i, t.dep_,
            bool(t.is_sent_start), t.ent_iob_ or 'O', t.ent_type_)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--pack', required=True)
    p.add_argument('--program', required=True)
    p.add_argument('--show', type=int, default=10)
    p.add_argument('texts')
    a = p.parse_args()
    import spacy
    nlp = spacy.load(a.pack)
    texts = [json.loads(line)['text'] for line in open(a.texts, encoding='utf-8')]
    lines = ''.join(json.dumps({'id': str(i), 'text': t, 'language': nlp.lang}) + '\n' for i, t in enumerate(texts))
    out = subprocess.run(a.program, shell=True, input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout
    answers = {x['id']: x for x in map(json.loads, out.decode().rstrip('\n').split('\n'))}
    nlp(texts[0])
    start = time.process_time()
    docs = list(nlp.pipe(texts, batch_size=64))
    spent = time.process_time() - start
    tokens = sum(len(d) for d in docs)
    wrong, shown, other_tokens = dict.fromkeys(FIELDS, 0), 0, 0
    chunks = [0, 0]
    for i, doc in enumerate(docs):
        got = answers[str(i)]
        rows = [tuple(t.get(f) for f in FIELDS) for t in got['tokens']]
        want = [row(t) for t in doc]
        if [r[:3] for r in rows] != [r[:3] for r in want]:
            other_tokens += 1
            k = next((k for k, (g, w) in enumerate(zip(rows, want)) if g[:3] != w[:3]), 0)
            if shown < a.show:
                shown += 1
                print(f'text {i}: tokens {[r[0] for r in rows[k:k + 4]]} for {[r[0] for r in want[k:k + 4]]}')
            continue
        for k, (g, w) in enumerate(zip(rows, want)):
            for f, x, y in zip(FIELDS, g, w):
                if x != y:
                    wrong[f] += 1
                    if shown < a.show:
                        shown += 1
                        print(f'text {i}: token {k} {w[0]!r}: {f} {x!r} for {y!r}: {doc[max(0, k - 4):k + 5].text!r}')
        try:
            want = {(c.start, c.end, c.root.i) for c in doc.noun_chunks}
        except (NotImplementedError, ValueError):
            # the language has no rules for them, or there is no parse
            want = set()
        given = {(c['start'], c['end'], c['root']) for c in got['noun_chunks']}
        chunks[0] += len(want | given)
        chunks[1] += len(want ^ given)
        if want ^ given and shown < a.show:
            shown += 1
            print(f'text {i}: noun chunks {sorted(given - want)} for {sorted(want - given)}')
    # without a component that sets them spaCy has no sentences
    sentences = sum(1 for d in docs if d.has_annotation('SENT_START') for _ in d.sents)
    print(f'{len(texts)} texts, {tokens} tokens, {sentences} sentences; texts with other tokens {other_tokens}')
    print('mismatches ' + ', '.join(f'{f} {n}' for f, n in wrong.items()) + f', noun chunks {chunks[1]} of {chunks[0]}')
    print(f'spaCy {spacy.__version__}: {tokens / spent:.0f} tokens/s of CPU')
    return 1 if other_tokens or any(wrong.values()) or chunks[1] else 0


if __name__ == '__main__':
    sys.exit(main())
