#!/usr/bin/env python3
"""spaCy's speed on one core: `speed.py PACK TEXTS.jsonl [SENTENCES.jsonl]`. Prints {tokens, seconds} of processor time.

SENTENCES is written: the sentences of the texts that spaCy finds, one a line.
"""
import json
import sys
import time

import spacy


def main():
    nlp = spacy.load(sys.argv[1])
    texts = [json.loads(line)['text'] for line in open(sys.argv[2], encoding='utf-8')]
    warm = len(texts) // 10
    list(nlp.pipe(texts[:warm]))
    start = time.process_time()
    docs = list(nlp.pipe(texts[warm:], batch_size=64))
    spent = time.process_time() - start
    print(json.dumps({'tokens': sum(len(d) for d in docs), 'seconds': spent}))
    if len(sys.argv) > 3 and sys.argv[3]:
        with open(sys.argv[3], 'w', encoding='utf-8') as out:
            for doc in docs:
                for sentence in doc.sents:
                    if 20 < len(sentence.text) < 300:
                        out.write(json.dumps({'text': sentence.text}) + '\n')


if __name__ == '__main__':
    main()
