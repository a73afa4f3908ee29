"""`python -m foreshock_classify.training`: train, write the model, print the held-back figures."""

import argparse
import sys
from pathlib import Path

from foreshock_classify.training import DEFAULT_MODEL
from foreshock_classify.training.corpus import CORPUS
from foreshock_classify.training.reference import reference_of
from foreshock_classify.training.report import report
from foreshock_classify.training.train import train


def main(arguments: list[str] | None = None) -> None:
    """Parse, train, write, report."""
    parser = argparse.ArgumentParser(prog="python -m foreshock_classify.training", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="a folder of .jsonl files, or one file")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="where the model is written")
    parser.add_argument("--quiet", action="store_true", help="print no figures")
    options = parser.parse_args(arguments)
    trained = train(options.corpus)
    reference_of(trained).save(options.model)
    trained.model.save(options.model)
    if not options.quiet:
        sys.stdout.write(report(trained))


if __name__ == "__main__":
    main()
