#!/usr/bin/env python3
"""Makes small pipelines with spaCy itself, of components that the published small packs do not have.

    V/bin/python make_packs.py FOLDER

Writes FOLDER/NAME (a pipeline) and FOLDER/NAME.jsonl (what spaCy says of some texts) for: trees (edit trees, before the
attribute ruler), vectors (static word vectors), lookup (a table of lemmas), embedded (the older network HashEmbedCNN, and a
sentence recogniser). The training texts are made up here; the pipelines know next to nothing, but they are exact.
"""
import json
import random
import sys
from pathlib import Path

import numpy
import spacy
from spacy.training import Example
from spacy.tokens import Doc
from spacy.util import fix_random_seed

WORDS = {
    'VERB': [('sank', 'sink'), ('found', 'find'), ('hit', 'hit'), ('closed', 'close'), ('carries', 'carry'), ('saying', 'say')],
    'NOUN': [('ferries', 'ferry'), ('ferry', 'ferry'), ('children', 'child'), ('ports', 'port'), ('houses', 'house'), ('Straße', 'Straße')],
    'DET': [('the', 'the'), ('The', 'the'), ('an', 'a'), ('a', 'a')],
    'ADJ': [('worse', 'bad'), ('older', 'old'), ('wettest', 'wet'), ('ungewählt', 'wählen')],
}
PATTERN = ['DET', 'ADJ', 'NOUN', 'VERB', 'DET', 'NOUN']
TEXTS = [
    'The older ferries sank.  The wettest children found a port.',
    'An ungewählt Straße closed the house\nsaying worse things of 14 ferries, "Mr. Hale" said.',
    'Unbekannte Wörter weigh 3.5 kg; the ports carries houses.',
    '', 'Houses',
]


def examples(nlp, n):
    pick = random.Random(7)
    out = []
    for _ in range(n):
        rows = []
        for _ in range(pick.randint(1, 2)):
            rows += [(pick.choice(WORDS[pos]) + (pos,)) for pos in PATTERN] + [('.', '.', 'PUNCT')]
        words, lemmas, tags = zip(*rows)
        sentence = len(PATTERN) + 1
        heads, deps = [], []
        for i in range(len(words)):
            start = i // sentence * sentence
            k = i - start
            heads.append(start + [2, 2, 3, 3, 5, 3, 3][k])
            deps.append(['det', 'amod', 'nsubj', 'ROOT', 'det', 'dobj', 'punct'][k])
        doc = Doc(nlp.vocab, words=words, lemmas=lemmas, tags=tags, pos=tags, heads=heads, deps=deps,
                  sent_starts=[i % sentence == 0 for i in range(len(words))])
        out.append(Example(Doc(nlp.vocab, words=words), doc))
    return out


def network(static, width=32):
    return {
        '@architectures': 'spacy.Tok2Vec.v2',
        'embed': {'@architectures': 'spacy.MultiHashEmbed.v2', 'width': width,
                  'attrs': ['NORM', 'PREFIX', 'SUFFIX', 'SHAPE'], 'rows': [width + 18] * 4, 'include_static_vectors': static},
        'encode': {'@architectures': 'spacy.MaxoutWindowEncoder.v2', 'width': width, 'depth': 2, 'window_size': 1,
                   'maxout_pieces': 3},
    }


def listener(width=32):
    return {'@architectures': 'spacy.Tok2VecListener.v1', 'width': width}


def tagger(tok2vec):
    return {'@architectures': 'spacy.Tagger.v2', 'tok2vec': tok2vec, 'nO': None}


def parser(tok2vec):
    return {'@architectures': 'spacy.TransitionBasedParser.v2', 'state_type': 'parser', 'extra_state_tokens': False,
            'hidden_width': 32, 'maxout_pieces': 2, 'use_upper': True, 'nO': None, 'tok2vec': tok2vec}


def train(nlp, rounds=8):
    data = examples(nlp, 40)
    nlp.initialize(lambda: data)
    for _ in range(rounds):
        for i in range(0, len(data), 8):
            nlp.update(data[i:i + 8])


def trees():
    nlp = spacy.blank('de')
    nlp.add_pipe('tok2vec', config={'model': network(False)})
    nlp.add_pipe('tagger', config={'model': tagger(listener())})
    nlp.add_pipe('parser', config={'model': parser(listener())})
    nlp.add_pipe('trainable_lemmatizer', config={'model': tagger(listener()), 'top_k': 2, 'min_tree_freq': 1})
    ruler = nlp.add_pipe('attribute_ruler')
    train(nlp)
    ruler.add(patterns=[[{'LOWER': 'sank'}]], attrs={'LEMMA': 'ruled', 'POS': 'VERB'})
    return nlp


def vectors():
    nlp = spacy.blank('en')
    some = numpy.random.default_rng(3)
    for word in ['the', 'ferry', 'ferries', 'sank', 'port', 'found', 'Houses']:
        nlp.vocab.set_vector(word, some.standard_normal(20).astype('f'))
    nlp.add_pipe('tok2vec', config={'model': network(True)})
    nlp.add_pipe('tagger', config={'model': tagger(listener())})
    nlp.add_pipe('parser', config={'model': parser(network(True))})
    nlp.add_pipe('trainable_lemmatizer', config={'model': tagger(network(False)), 'backoff': None, 'min_tree_freq': 1})
    train(nlp)
    return nlp


def small():
    nlp = spacy.blank('xx')
    some = numpy.random.default_rng(5)
    for word in ['the', 'ferry', 'ferries', 'port', 'Houses']:
        nlp.vocab.set_vector(word, some.standard_normal(9).astype('f'))
    nlp.add_pipe('tok2vec', config={'model': network(True, 16)})
    nlp.add_pipe('tagger', config={'model': tagger(listener(16))})
    nlp.add_pipe('parser', config={'model': parser(listener(16)) | {'hidden_width': 16}})
    nlp.add_pipe('trainable_lemmatizer', config={'model': tagger(listener(16)), 'top_k': 2, 'min_tree_freq': 1})
    ruler = nlp.add_pipe('attribute_ruler')
    train(nlp)
    ruler.add(patterns=[[{'LOWER': 'sank'}]], attrs={'LEMMA': 'ruled', 'POS': 'VERB'})
    return nlp


def lookup():
    nlp = spacy.blank('sv')
    lemmatizer = nlp.add_pipe('lemmatizer', config={'mode': 'lookup'})
    lemmatizer.lookups.add_table('lemma_lookup', {'ferries': 'ferry', 'The': 'the', 'sank': 'sink', 'Wörter': 'Wort'})
    lemmatizer._validated = True
    return nlp


def embedded():
    nlp = spacy.blank('xx')
    old = {'@architectures': 'spacy.HashEmbedCNN.v2', 'pretrained_vectors': None, 'width': 32, 'depth': 3, 'embed_size': 60,
           'window_size': 1, 'maxout_pieces': 2, 'subword_features': True}
    nlp.add_pipe('tagger', config={'model': tagger(old)})
    nlp.add_pipe('senter', config={'model': tagger(old)})
    train(nlp)
    return nlp


def row(t):
    return {'text': t.text, 'start': t.idx, 'end': t.idx + len(t), 'ws': bool(t.whitespace_), 'tag': t.tag_, 'pos': t.pos_,
            'morph': str(t.morph), 'lemma': t.lemma_, 'head': t.head.i, 'dep': t.dep_, 'sent_start': bool(t.is_sent_start),
            'ent_iob': t.ent_iob_ or 'O', 'ent_type': t.ent_type_}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for make in (trees, vectors, lookup, embedded, small):
        fix_random_seed(1)
        name = make.__name__
        make().to_disk(folder / name)
        nlp = spacy.load(folder / name)
        data = [e.reference.text for e in examples(nlp, 12)] + TEXTS
        with open(folder / f'{name}.jsonl', 'w', encoding='utf-8') as out:
            for text in data:
                out.write(json.dumps({'text': text, 'tokens': [row(t) for t in nlp(text)]}, ensure_ascii=False) + '\n')


if __name__ == '__main__':
    main()
