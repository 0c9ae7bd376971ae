#!/usr/bin/env python3
"""Makes sentences of a language out of our own fixtures: `sentences.py LANG COUNT FOLDER...`; prints {text} a line.

First the paragraphs as they are, then mixtures of their parts with odd numbers, names, marks and blanks put in, as they stand on
pages. The same arguments give the same sentences.
"""
import json
import random
import re
import sys
from pathlib import Path

COMMON = {
    'en': set('the of and in to was that on for said with were is by'.split()),
    'fr': set('le la les des une est dans que pour du un qui sur ont'.split()),
}
ODD = [
    '3.5', '1,200', '1 200', '14:30', '2027-04-03', '10%', '10 %', '€5m', '$1.2bn', '£400,000', '12th', '5°C', '90km/h', '1st', '20s',
    '3–4', 'U.N.', 'a.m.', 'St.', 'Mr.', 'Dr', 'M.', 'Mme', "l'", "d'", 'aujourd’hui', "can't", "they're", "o'clock", 'J.-P.', 'No.',
    'https://calder.example/a?b=c&d=1#top', 'www.calder.example', 'desk@calder.example', '@calder', '#harbour', ':)', '…', '...', '--',
    '—', '/', '(sic)', '[...]', '«', '»', '“', '”', '"', "'", '*', '**', '•', '🚢', '🇳🇴', 'm²', 'CO₂', 'é', 'e\u0301', 'ﬁn', 'İ', '\u00ad',
    'Covid-19', 'F-16', 'AC/DC', 'R&D', 'e-mail', 'A1', 'x'*40, 'ÉLYSÉE', 'Straße', '北京', 'Москва', '٣', '½', '1/2', '+33', '007', 'IV',
]
BLANKS = [' ', ' ', ' ', ' ', ' ', ' ', ' ', '  ', '\u00a0', '\u202f', '\n', '\n\n', '\t', ' \n ', '\u200b']


def paragraphs(folders, lang):
    for folder in folders:
        for file in sorted(Path(folder).rglob('*.md')):
            text = file.read_text(encoding='utf-8')
            text = re.sub(r'(?s)\A---\n.*?\n---\n', '', text)
            for part in re.split(r'\n\s*\n', text):
                part = re.sub(r'(?m)^(```.*|#.*|language: .*)$', '', part).strip()
                words = set(re.findall(r'\w+', part.lower()))
                if len(words & COMMON[lang]) >= 3:
                    yield part


def mixture(pick, parts):
    words = []
    for part in pick.sample(parts, pick.randint(1, 2)):
        all_words = part.split()
        start = pick.randrange(len(all_words))
        words += all_words[start:start + pick.randint(4, 30)]
    for _ in range(pick.randint(0, 3)):
        at, odd = pick.randrange(len(words) + 1), pick.choice(ODD)
        if pick.random() < 0.3 and at < len(words):
            words[at] = pick.choice([odd + words[at], words[at] + odd])
        else:
            words.insert(at, odd)
    if pick.random() < 0.1:
        words = [word.upper() for word in words]
    elif pick.random() < 0.1:
        words = [word.lower() for word in words]
    text = words[0]
    for word in words[1:]:
        text += (pick.choice(BLANKS) if pick.random() < 0.1 else ' ') + word
    return text + pick.choice(['', '.', '.', '!', '?', ' .', '."', '...', ' '])


def main():
    lang, count, folders = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    parts = list(dict.fromkeys(paragraphs(folders, lang)))
    pick = random.Random(11)
    texts = dict.fromkeys(parts)
    while len(texts) < count:
        texts[mixture(pick, parts)] = None
    for text in texts:
        print(json.dumps({'text': text}, ensure_ascii=False))


if __name__ == '__main__':
    main()
