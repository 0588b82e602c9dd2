"""What a fit does: the settings `hmm.…`, and what the command line overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from user_states.hmm.fit_settings import FitSettings
from user_states.hmm.numbers_of_states import parse_numbers
from user_states.hmm.parameters import Emissions
from user_states.presets import is_of_preset


@dataclass(frozen=True)
class FitOptions:
    """What a fit does; by default as the settings `hmm.…` say.

    Attributes
    ----------
    n_states : tuple of int
        Numbers of states to try.
    n_starts : int
        Starts for each.
    seed : int
    sample_users : int
        Users of the sample, by hash among all users.
    sample_salt : str
    holdout_share : float
        Share of the sample that no model is fitted on.
    holdout_salt : str
    emissions : str
        `gaussian` or `mixed`.
    n_levels : int
        Levels of the count.
    has_preset_levels : bool
        They are those of the preset, which change if features leave the model.
    max_trait_ratio : float
        A feature with a larger one is a trait.
    drops_traits : bool
        Leave traits out, as the preset says; a list of one's own keeps them.
    min_state_share : float
        Share of decoded user-weeks below which a state counts as empty.
    min_stay_weeks : float
        Weeks that users must stay in a state, on average and in half of the stays.
    min_stability : float
        Adjusted Rand index between refits below which a model counts as unstable.
    bootstrap_refits : int
        Number of those refits.
    belief_weeks : int
        Last weeks of each user whose filtered beliefs are written: the weeks that a
        build checks for late rides, and the week before them, where it starts.
    lapse_after_weeks : int
        Silent weeks after which a user has lapsed.
    settings : FitSettings
        How EM runs.
    dry_run : bool
        Write nothing.
    force : bool
        Promote a model even if it has defects.
    promote : bool
        Make the run the champion after writing it.
    """

    n_states: tuple[int, ...]
    n_starts: int
    seed: int
    sample_users: int
    sample_salt: str
    holdout_share: float
    holdout_salt: str
    emissions: Emissions
    n_levels: int
    has_preset_levels: bool
    max_trait_ratio: float
    drops_traits: bool
    min_state_share: float
    min_stay_weeks: float
    min_stability: float
    bootstrap_refits: int
    belief_weeks: int
    lapse_after_weeks: int
    settings: FitSettings
    dry_run: bool = False
    force: bool = False
    promote: bool = True

    @classmethod
    def from_vars(
        cls,
        project_vars: Mapping[str, Any],
        *,
        n_states: Sequence[int] | None = None,
        n_starts: int | None = None,
        seed: int | None = None,
        sample_users: int | None = None,
        dry_run: bool = False,
        force: bool = False,
        promote: bool = True,
    ) -> FitOptions:
        """Return the options as the settings say, except for those given."""
        preset = project_vars["hmm.presets"][project_vars["hmm.preset"]]

        def chosen(value: int | None, var: str) -> int:
            return int(project_vars[var]) if value is None else value

        return cls(
            n_states=tuple(n_states or parse_numbers(project_vars["hmm.states"])),
            n_starts=chosen(n_starts, "hmm.starts"),
            seed=chosen(seed, "hmm.seed"),
            sample_users=chosen(sample_users, "hmm.sample_users"),
            sample_salt=project_vars["hmm.sample_salt"],
            holdout_share=project_vars["hmm.holdout_share"],
            holdout_salt=project_vars["hmm.holdout_salt"],
            emissions=project_vars["hmm.emissions"],
            n_levels=project_vars["hmm.levels"],
            has_preset_levels=is_of_preset(project_vars, "levels"),
            max_trait_ratio=project_vars["hmm.max_trait_ratio"],
            drops_traits=is_of_preset(project_vars, "features")
            and preset["traits"] == "drop",
            min_state_share=project_vars["hmm.min_state_share"],
            min_stay_weeks=project_vars["hmm.min_stay_weeks"],
            min_stability=project_vars["hmm.min_stability"],
            bootstrap_refits=project_vars["hmm.bootstrap_refits"],
            belief_weeks=project_vars["late_ride_weeks"] + 2,
            lapse_after_weeks=project_vars["lapse_after_weeks"],
            settings=FitSettings(
                variance_floor=project_vars["hmm.variance_floor"],
                probability_floor=project_vars["hmm.probability_floor"],
                tolerance=project_vars["hmm.tolerance"],
                max_iterations=project_vars["hmm.max_iterations"],
                start_users=project_vars["hmm.start_users"],
                polished_starts=project_vars["hmm.polished_starts"],
            ),
            dry_run=dry_run,
            force=force,
            promote=promote,
        )
