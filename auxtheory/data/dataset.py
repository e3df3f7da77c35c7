"""The class of data sets: features, labels numbered from 0, and the original values of the
classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from auxtheory.data.contents import unreadable
from auxtheory.errors import Checks, InputError

MAX_LISTED = 12  # number of classes that a message lists
# Labels with fewer than MIN_SAMPLES_A_CLASS samples for each value are regression targets where
# there are more than MAX_CLASSES values, or more than MAX_CLOSE_CLASSES spread over more than
# MAX_SPREAD times as many whole numbers.
MIN_SAMPLES_A_CLASS = 4
MAX_CLASSES = 100
MAX_CLOSE_CLASSES = 10
MAX_SPREAD = 4


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Features and labels of samples.

    Args:
        name: the name, as in messages.
        features: a matrix of shape (n, p), dense or sparse.
        labels: the numbers of the classes 0 … k − 1, shape (n,); without `classes` their original
            values (whole numbers, also as floats, booleans or strings), which are numbered in
            ascending order.
        image: the numbers of rows and columns, where each sample is an image.
        classes: the original values of the k classes, in the order of their numbers.

    Raises:
        InputError: the features are not a matrix, or a label is not a class.

    Example:
        >>> from auxtheory.data import Dataset
        >>> data = Dataset("toy", [[0.0, 1.0], [1.0, 0.0]], ["no", "yes"])
        >>> data.classes, data.labels.tolist()
        (('no', 'yes'), [0, 1])
    """

    name: str
    features: Any
    labels: Any
    image: tuple[int, int] | None = None
    classes: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        checks = Checks()
        features = _matrix(checks, self.features)
        checks.done()
        object.__setattr__(self, "features", features)
        labels = values(self.labels)
        count = features.shape[0]
        if self.classes:
            if (
                labels.shape != (count,)
                or labels.dtype.kind not in "iu"
                or not _within(labels, len(self.classes))
            ):
                allowed = (
                    f"must be {count} whole numbers from 0 to {len(self.classes) - 1}, as "
                    "classes are given"
                )
                checks.complain("labels", self.labels, allowed)
            checks.done()
        else:
            fault = label_fault(labels, count)
            if fault is not None:
                sample, why = fault
                checks.complain(
                    "labels", self.labels, why if sample is None else f"sample {sample} {why}"
                )
            checks.done()
            originals, labels = np.unique(labels, return_inverse=True)
            object.__setattr__(self, "classes", tuple(_plain(value) for value in originals))
        labels = np.array(labels, dtype=int).reshape(-1)
        labels.flags.writeable = False
        object.__setattr__(self, "labels", labels)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        n, p = self.features.shape
        kind = "sparse" if scipy.sparse.issparse(self.features) else "dense"
        shape = "" if self.image is None else f", images of {self.image[0]} × {self.image[1]}"
        return (
            f"{self.name}: {n:,} samples of {p:,} features, {kind}{shape}, "
            f"{len(self.classes):,} classes"
        )

    def of_classes(self, *classes: Any) -> Dataset:
        """Return the samples of some classes, which get the numbers 0, 1, … in this order.

        Args:
            *classes: the original values of the classes.

        Returns:
            The smaller data set.

        Raises:
            InputError: lists every class that is missing or given twice.
        """
        checks = Checks()
        self.check_classes(checks, "class", classes)
        checks.done()
        numbers = [self.classes.index(value) for value in classes]
        order = np.full(len(self.classes), -1)
        order[numbers] = np.arange(len(numbers))
        new = order[self.labels]
        selected = new >= 0
        name = f"{self.name} {' '.join(map(str, classes))}"
        return Dataset(
            name,
            self.features[selected],
            new[selected],
            self.image,
            tuple(self.classes[i] for i in numbers),
        )

    def split(self, held_out: float = 0.2, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Split the samples at random into those to train on and those held out, class by class.

        Of the n_c samples of a class round(held_out · n_c) are held out, half of a sample counting
        as one; the samples of both parts stay in order.

        Args:
            held_out: the share of the samples that are held out, in (0, 1).
            seed: the seed of the random choice.

        Returns:
            The data to train on and the held-out data, with the same classes.

        Raises:
            InputError: lists every bad value, or every class that one of the parts would lack.

        Example:
            >>> from auxtheory.data import load
            >>> train, held_out = load("digits").split(held_out=0.2, seed=0)
            >>> len(train.labels), len(held_out.labels)
            (1438, 359)
        """
        checks = Checks()
        check_share(checks, held_out)
        number = checks.whole("seed", seed, low=0)
        checks.done()
        held = held_out_rows(self.labels, len(self.classes), float(held_out), number)
        counts = np.bincount(self.labels, minlength=len(self.classes))
        taken = np.bincount(self.labels[held], minlength=len(self.classes))
        lacking = [
            f"class {value!r} ({count:,} samples, {out:,} held out)"
            for value, count, out in zip(self.classes, counts, taken, strict=True)
            if out in (0, count)
        ]
        if lacking:
            allowed = f"must leave samples of each class of {self.name} in both parts"
            more = len(lacking) - MAX_LISTED
            rest = f", … ({len(lacking)} in all)" if more > 0 else ""
            listed = ", ".join(lacking[:MAX_LISTED]) + rest
            checks.complain("held_out", float(held_out), f"{allowed}, and does not of {listed}")
        checks.done()
        return self._part("training", ~held), self._part("held out", held)

    def _part(self, name: str, selected: Any) -> Dataset:
        """Some of the samples, with the classes of all."""
        features, labels = self.features[selected], self.labels[selected]
        return Dataset(f"{self.name} ({name})", features, labels, self.image, self.classes)

    def check_classes(self, checks: Checks, name: str, classes: Any) -> None:
        """Report every class that this data set lacks or that is given twice.

        Args:
            checks: where it is reported.
            name: the name of the argument, for the message.
            classes: the original values of the classes.
        """
        for i, value in enumerate(classes):
            if np.ndim(value) or value not in self.classes:
                checks.complain(name, value, f"must be a class of {self.name}: {self.listed}")
            elif value in list(classes)[:i]:
                checks.complain(name, value, "must be given once")

    def odd_or_even(self) -> Dataset:
        """Return the same samples with even values as class 0 and odd ones as 1.

        Two classes stay as they are.

        Returns:
            The data set with two classes.

        Raises:
            InputError: all values are odd, all are even, or they are not numbers.
        """
        if len(self.classes) == 2:
            return self
        if (
            any(isinstance(value, str) for value in self.classes)
            or len({value % 2 for value in self.classes}) < 2
        ):
            allowed = "must be odd and even numbers, or two classes, to be classified by parity"
            raise InputError.listing([f"classes of {self.name} = {self.listed}: {allowed}"])
        odd = np.array([value % 2 for value in self.classes])
        return Dataset(self.name, self.features, odd[self.labels], self.image, ("even", "odd"))

    @property
    def listed(self) -> str:
        """The classes as listed in a message; of many only the first."""
        shown = ", ".join(repr(value) for value in self.classes[:MAX_LISTED])
        return (
            shown if len(self.classes) <= MAX_LISTED else f"{shown}, … ({len(self.classes)} in all)"
        )


def check_share(checks: Checks, held_out: Any) -> None:
    """Check the share of the samples that are held out."""
    inside = isinstance(held_out, int | float | np.number) and 0 < held_out < 1
    if not inside or isinstance(held_out, bool):
        checks.complain("held_out", held_out, "must be a number in (0, 1)")


def held_out_rows(labels: Any, classes: int, share: float, seed: int) -> Any:
    """Which samples are held out, as a mask: of each class the first round(share · n_c) in one
    random order of all samples."""
    counts = np.bincount(labels, minlength=classes)
    # Half of a sample counts as one: np.round would round it to the even number.
    wanted = np.floor(share * counts + 0.5).astype(int)
    order = np.random.default_rng(seed).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    starts = np.cumsum(counts) - counts
    place = np.arange(len(labels)) - starts[labels[by_class]]
    mask = np.zeros(len(labels), dtype=bool)
    mask[by_class] = place < wanted[labels[by_class]]
    return mask


def from_file(
    path: Path,
    features: Any,
    labels: Any,
    image: tuple[int, int] | None = None,
    place: Callable[[int], str] = lambda i: f"sample {i}",
) -> Dataset:
    """The data set of a file; InputError names the file and, by place(i), where sample i with a bad
    label is."""
    labels = values(labels)
    fault = label_fault(labels, features.shape[0])
    if fault is not None:
        sample, why = fault
        raise unreadable(path, why if sample is None else f"{place(sample)} {why}")
    return Dataset(path.stem, features, labels, image)


def values(labels: Any) -> Any:
    """Labels as an array of one type; byte strings as text."""
    array = np.asarray(labels)
    if array.dtype.kind == "O" and len({type(value) for value in array.reshape(-1)}) == 1:
        array = np.array(array.tolist())
    # Different bytes that are not UTF-8 stay different.
    return np.char.decode(array, "utf-8", "backslashreplace") if array.dtype.kind == "S" else array


def label_fault(labels: Any, count: int) -> tuple[int | None, str] | None:
    """What is wrong with labels as values of classes, with the index of the sample if there is one;
    None if they are valid."""
    kind = labels.dtype.kind
    shape = labels.shape
    if count == 0:
        return None, "holds no samples"
    if shape != (count,):
        return None, f"has labels of shape {shape} for {count} samples"
    if kind not in "biufU":
        return (
            None,
            f"has labels of type {labels.dtype}: must be whole numbers, booleans or strings",
        )
    if kind == "f":
        for valid, why in (
            (np.isfinite(labels), "must be finite"),
            (
                labels == np.round(labels),
                "classes are whole numbers or strings; this looks like a regression target",
            ),
        ):
            if not np.all(valid):
                sample = int(np.argmin(valid))
                return sample, f"has the label {labels[sample]}: {why}"
    distinct = np.unique(labels)
    if len(distinct) > max(MAX_CLOSE_CLASSES, count / MIN_SAMPLES_A_CLASS) and _scattered(distinct):
        first = _plain(distinct[0])
        last = _plain(distinct[-1])
        summary = (
            f"has {len(distinct)} different labels for {count} samples, from {first!r} to {last!r}"
        )
        return None, f"{summary}: they look like regression targets, not classes"
    return None


def _scattered(distinct: Any) -> bool:
    """Whether the values are too many, or too far apart, to be classes with so few samples each."""
    if len(distinct) > MAX_CLASSES:
        return True
    if distinct.dtype.kind not in "iuf":
        return False
    return float(distinct[-1]) - float(distinct[0]) > MAX_SPREAD * len(distinct)


def _matrix(checks: Checks, features: Any) -> Any:
    """Features as an array or, if they are sparse, as CSR, whose rows can be selected; a complaint
    if they are not a matrix."""
    try:
        matrix = (
            scipy.sparse.csr_array(features)
            if scipy.sparse.issparse(features)
            else np.asarray(features)
        )
    except ValueError:
        matrix = np.empty(0)
    if matrix.ndim != 2:
        checks.complain("features", features, "must be a matrix, samples × features")
    return matrix


def _within(labels: Any, count: int) -> bool:
    return labels.size == 0 or bool(labels.min() >= 0 and labels.max() < count)


def _plain(value: Any) -> Any:
    """A NumPy scalar as a Python value; a whole float as an int."""
    return int(value) if value.dtype.kind == "f" else value.item()
