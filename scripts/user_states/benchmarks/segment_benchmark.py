"""Time of the certificate of segments against scikit-learn's k-means alone.

The rival fits k-means with 2 to 12 segments, ten starts each, on the customers of one
week, with one thread. The sweep is k-means alone, without refits: fitted to the first
week and to the newest, assigned in every week, scored and measured. The certificate is
everything. Seconds are of the processor, so that other work and several cores do not
count; seconds of the clock are told as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from user_states.benchmarks.planted_segments import planted_segments
from user_states.segments.segment_kinds import SEGMENT_KINDS, SIZES
from user_states.segments.segmentation_certificate import (
    CertificateSettings,
    certify_divisions,
)

# Most that each may take, as multiples of the rival.
MOST_OF_SWEEP, MOST_OF_CERTIFICATE = 2.0, 10.0
_N_STARTS, _N_SEGMENTS = 10, 6


@dataclass(frozen=True)
class Seconds:
    """Seconds of the processor, and of the clock."""

    processor: float
    clock: float


@dataclass(frozen=True)
class SegmentTiming:
    """What each takes.

    Attributes
    ----------
    n_customers : int
    rival, sweep, certificate : Seconds
    """

    n_customers: int
    rival: Seconds
    sweep: Seconds
    certificate: Seconds

    @property
    def sweep_ratio(self) -> float:
        """Seconds of the processor over the rival's."""
        return self.sweep.processor / self.rival.processor

    @property
    def certificate_ratio(self) -> float:
        """Seconds of the processor over the rival's."""
        return self.certificate.processor / self.rival.processor


def time_segments(n_customers: int, seed: int = 0) -> SegmentTiming:
    """Time all three on the same planted customers."""
    data = planted_segments(_N_SEGMENTS, seed, n_customers)

    def rival() -> None:
        with threadpool_limits(limits=1):
            for size in SIZES:
                model = KMeans(size, n_init=_N_STARTS, random_state=seed)
                model.fit(data.newest.values)

    without_refits = CertificateSettings(n_starts=_N_STARTS, n_refits=0, seed=seed)
    settings = CertificateSettings(n_starts=_N_STARTS, seed=seed)
    return SegmentTiming(
        n_customers,
        _timed(rival),
        _timed(lambda: certify_divisions(data, without_refits, SEGMENT_KINDS[:1])),
        _timed(lambda: certify_divisions(data, settings)),
    )


def _timed(work: Callable[[], object]) -> Seconds:
    processor, clock = time.process_time(), time.perf_counter()
    work()
    return Seconds(time.process_time() - processor, time.perf_counter() - clock)


def describe_segment_timing(timing: SegmentTiming) -> list[str]:
    """Return the result in lines."""
    title = (
        f"{timing.n_customers:,} customers, k-means with {SIZES[0]} to {SIZES[-1]} "
        f"segments, {_N_STARTS} starts each"
    )
    contenders = (
        ("scikit-learn alone", timing.rival),
        ("sweep without refits", timing.sweep),
        ("whole certificate", timing.certificate),
    )
    ratios = (
        f"sweep: {timing.sweep_ratio:.2f} times scikit-learn, at most "
        f"{MOST_OF_SWEEP:g}; certificate: {timing.certificate_ratio:.2f} times, at "
        f"most {MOST_OF_CERTIFICATE:g}"
    )
    return [
        title,
        *(
            f"  {name:22}{seconds.processor:6.1f} s of the processor, "
            f"{seconds.clock:.1f} s of the clock"
            for name, seconds in contenders
        ),
        ratios,
    ]
