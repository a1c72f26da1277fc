#!/usr/bin/env python3
"""How speech sounds after a call: ViSQOL (speech mode) and the word errors of a recogniser.

speech.py SPOKEN.wav HEARD.wav TEXT
SPOKEN is what was said, again and again; HEARD, at least two rounds of it long, what arrived: its first whole
round is judged. One JSON line: {"visqol": 1..5, "wer": share of wrong words}.
Needs the packages visqol-python and pocketsphinx."""

import json
import sys
import tempfile

import numpy as np
import soundfile
from pocketsphinx import Decoder
from visqol import VisqolApi

RATE = 16_000  # of ViSQOL's speech mode, and of the recogniser's model


def read(path):
    samples, rate = soundfile.read(path, dtype="float32")
    step = rate // RATE
    samples = samples[: len(samples) // step * step]
    return samples.reshape(-1, step).mean(axis=1)  # a box filter is enough: both are treated alike


def first_round(spoken, heard):
    """The part of `heard` that is one whole round of `spoken`, found by correlation."""
    size = 1 << (len(heard) + len(spoken)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(spoken, size))
    lags = np.fft.irfft(spectrum, size)[: max(1, len(heard) - len(spoken))]
    start = int(np.argmax(lags))
    return heard[start : start + len(spoken)]


def word_errors(reference, found):
    """Levenshtein distance of word lists."""
    row = list(range(len(found) + 1))
    for i, word in enumerate(reference, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(found, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != other))
    return row[-1]


def words_of(text):
    return "".join(c if c.isalpha() or c == " " else " " for c in text.lower()).split()


def understand(samples):
    decoder = Decoder(loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    return words_of(decoder.hyp().hypstr) if decoder.hyp() else []


def similarity(spoken, heard):
    """In pieces of ten seconds, as ViSQOL wants them: the mean."""
    api = VisqolApi()
    api.create(mode="speech", use_lattice_model=False)
    piece = 10 * RATE
    scores = []
    with tempfile.TemporaryDirectory() as scratch:
        for start in range(0, len(spoken) - piece // 2, piece):
            files = []
            for name, samples in (("spoken", spoken), ("heard", heard)):
                files.append(f"{scratch}/{name}.wav")
                soundfile.write(files[-1], samples[start : start + piece], RATE, subtype="PCM_16")
            scores.append(api.measure(*files).moslqo)
    return sum(scores) / len(scores)


def main():
    spoken, heard = read(sys.argv[1]), read(sys.argv[2])
    judged = first_round(spoken, heard)
    reference = words_of(sys.argv[3])
    found = understand(judged)
    print(json.dumps({
        "visqol": similarity(spoken, judged),
        "wer": word_errors(reference, found) / len(reference),
    }))


if __name__ == "__main__":
    main()
