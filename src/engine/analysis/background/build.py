#!/usr/bin/env python3
"""build.py: makes the background tables beside it from the PyPI package wordfreq 3.1.1.

Usage: pip install wordfreq==3.1.1 msgpack && python3 build.py

See README.md in this folder for the formula, the source and the licence of the tables.
"""
import gzip
import pathlib
import re

import msgpack
import wordfreq

LANGUAGES = "ar ca cs da de el en es fa fi fr hu id it nb nl pl pt ro ru sv tr uk".split()
WORDS_PER_ARTICLE = 300
LEAST_SHARE = 0.03


def shares(path):
    """(word, share of articles) for each word of a frequency list; entry i holds the words of -i centibels"""
    with gzip.open(path) as f:
        bins = msgpack.load(f, raw=False)
    for centibels, words in enumerate(bins[1:], 1):
        frequency = 10 ** (-centibels / 100)
        share = 1 - (1 - frequency) ** WORDS_PER_ARTICLE
        if share < LEAST_SHARE:
            return
        for word in words:
            yield word, share


here = pathlib.Path(__file__).parent
data = pathlib.Path(wordfreq.__file__).parent / "data"
for language in LANGUAGES:
    path = data / f"large_{language}.msgpack.gz"
    if not path.exists():
        path = data / f"small_{language}.msgpack.gz"
    rows = {word: share for word, share in shares(path) if re.fullmatch(r"[^\W\d_]+(['’][^\W\d_]+)?", word)}
    with open(here / f"{language}.tsv", "w", encoding="utf-8", newline="\n") as f:
        for word in sorted(rows, key=lambda w: w.encode()):
            f.write(f"{word}\t{max(1, round(rows[word] * 1000))}\n")
