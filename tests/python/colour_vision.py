"""Distances between colours as people with a colour vision deficiency see them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Full protanopia, deuteranopia and tritanopia: Machado, Oliveira & Fernandes (2009), "A
# Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG
# 15(6), table 1, severity 1.0. They apply to linear RGB.
PROTANOPIA: Floats = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
DEUTERANOPIA: Floats = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
TRITANOPIA: Floats = np.array(
    [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ]
)
NORMAL: Floats = np.eye(3)

# From linear RGB to CIE XYZ, for sRGB with white point D65 (IEC 61966-2-1).
TO_XYZ: Floats = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE: Floats = np.array([0.95047, 1.0, 1.08883])


def distances(colours: Sequence[str], vision: Floats) -> Floats:
    """Return the distance in CIELAB of every pair of colours, for one kind of vision.

    Parameters
    ----------
    colours : sequence of str
        As #rrggbb.
    vision : array of float, shape (3, 3)
        The matrix of this vision, applied to linear RGB.

    Returns
    -------
    array of float, shape (n, n)
        Euclidean distances, CIE 1976.
    """
    seen = np.clip(_linear(colours) @ vision.T, 0, 1)
    lab = _lab(seen)
    differences: Floats = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    return differences


def _linear(colours: Sequence[str]) -> Floats:
    coded = np.array(
        [[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in colours]
    )
    linear: Floats = np.where(
        coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4
    )
    return linear


def _lab(linear: Floats) -> Floats:
    ratio = linear @ TO_XYZ.T / WHITE
    f = np.where(
        ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29
    )
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
