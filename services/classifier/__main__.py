"""`wardline classifier`: train a model on labelled texts, measure one, ask one."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click

from dispatch.meaning import BadModel, Model
from services.classifier.judge import Verdict, judge_folds, judge_model
from services.classifier.rows import BadRows, join_rows, read_rows
from services.classifier.train import FOLDS, TooFewTexts, cross_validate, fit_scale, threshold_of, train
from services.observe import clock

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_columns = [
    click.option("--text", "text", multiple=True, help="Column of the text; several are joined (found by itself)."),
    click.option("--label", default="", help="Column of the label (found by itself)."),
]


Command = TypeVar("Command", bound=Callable[..., object])


def _with_columns(command: Command) -> Command:
    for option in _columns:
        command = option(command)
    return command


@click.group()
def classifier() -> None:
    """What do people's words mean? Train, measure and ask the model that says it."""


@classifier.command("train")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where the model goes.")
@click.option("--precision", default=0.9, show_default=True, help="How often it must be right above its threshold.")
@_with_columns
def train_model(files: tuple[Path, ...], out: Path, precision: float, text: tuple[str, ...], label: str) -> None:
    """Train on the labelled texts of CSV FILES, and say how good folds of it are on texts that they had not seen."""
    rows = join_rows([read_rows(file, text, label) for file in files])
    about = {
        "trained_on": ", ".join(file.name for file in files),
        "texts": str(len(rows)),
        "trained_at": clock.now().date().isoformat(),
    }
    model, judged = train(rows, precision, about)
    out.write_bytes(model.write())
    _tell(judge_folds(judged, model.scale, model.threshold), None)
    click.echo(f"{out}: {len(model.labels)} labels, {len(model)} grams, {out.stat().st_size / 1e6:.1f} MB")


@classifier.command("evaluate")
@click.argument("file", type=_FILE)
@click.option("--model", "path", type=_FILE, help="The model; without one, folds of the file judge each other.")
@click.option("--folds", default=FOLDS, show_default=True, type=click.IntRange(2, 50))
@click.option("--precision", default=0.9, show_default=True, help="As for `train`; a model has its own threshold.")
@click.option("--json", "as_json", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here.")
@_with_columns
def evaluate(
    file: Path, path: Path | None, folds: int, precision: float, as_json: Path | None, text: tuple[str, ...], label: str
) -> None:
    """Measure a model by the labelled texts of a CSV FILE that it has not seen."""
    rows = read_rows(file, text, label)
    if path:
        verdict = judge_model(Model.read(path.read_bytes()), rows)
    else:
        judged = cross_validate(rows, folds)
        scale = fit_scale(judged)
        verdict = judge_folds(judged, scale, threshold_of(judged, scale, precision))
    _tell(verdict, as_json)


@classifier.command("ask")
@click.argument("model", type=_FILE)
@click.argument("words", nargs=-1, required=True)
def ask(model: Path, words: tuple[str, ...]) -> None:
    """Say what WORDS mean by a MODEL, how sure it is, and which words decided."""
    for meaning in Model.read(model.read_bytes()).rank(" ".join(words)):
        click.echo(f"{meaning.confidence:7.1%}  {meaning.label:20}  {', '.join(meaning.words)}")


def _tell(verdict: Verdict, path: Path | None) -> None:
    for name, (precision, recall, f1, texts) in sorted(verdict.by_label.items(), key=lambda row: row[1][2]):
        click.echo(f"  {name:24} precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}  of {texts}")
    click.echo(f"{verdict.texts} texts, {verdict.labels} labels: macro F1 {verdict.macro_f1:.4f}", nl=False)
    click.echo(f" (always the commonest: {verdict.majority_f1:.4f}), accuracy {verdict.accuracy:.4f}")
    click.echo(f"from a confidence of {verdict.threshold:.2f} on: {verdict.covered:.1%} of the texts,", nl=False)
    click.echo(f" {verdict.right_of_covered:.1%} of these right; calibration error {verdict.calibration_error:.3f}")
    if path:
        path.write_text(json.dumps(asdict(verdict), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Run; what is wrong with a file is told in one line."""
    try:
        classifier.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (BadRows, BadModel, TooFewTexts, OSError) as error:
        click.echo(f"wardline classifier: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
