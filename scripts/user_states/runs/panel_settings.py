"""What the panel's features meant when a model was fitted on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from user_states.runs.feature_meanings import changed_meanings

# Vars that change what a feature means, besides its own entry in the var `features`.
# The lists of raw values (ride_statuses and the like) are not among them: one more
# synonym corrects the data and changes no meaning.
MEANINGS = (
    "rolling_price_rides",
    "lapse_after_weeks",
    "reporting_currency",
    "default_currency",
    "default_time_zone",
)

# Keys of an entry that only say what people call the feature.
IN_WORDS = ("name", "label", "trait")

# Keys that say how a model reads the feature. Each run stores its own and is scored by
# them: they may change without changing what the panel holds.
OF_THE_MODEL = ("family", "transform", "evidence")


def panel_settings(
    project_vars: Mapping[str, Any], feature_names: Sequence[str]
) -> dict[str, Any]:
    """Return the settings that the meaning of these features depends on.

    Parameters
    ----------
    project_vars : mapping
        Every var of the project.
    feature_names : sequence of str
        Features that the model reads.
    """
    entries = {
        entry["name"]: entry
        for entry in project_vars["features"]
        if entry["name"] in feature_names
    }
    caps = {entry.get("cap", "none") for entry in entries.values()} - {"none"}
    return {
        "features": {
            name: {
                key: value
                for key, value in entries[name].items()
                if key not in IN_WORDS
            }
            for name in feature_names
            if name in entries
        },
        **{var: project_vars[var] for var in (*MEANINGS, *caps)},
    }


def changed_settings(
    then: Mapping[str, Any], project_vars: Mapping[str, Any]
) -> list[str]:
    """Describe which settings have changed since; empty if none has.

    Parameters
    ----------
    then : mapping
        As from `panel_settings`.
    project_vars : mapping
        Every var of the project, as it is now.
    """
    now = panel_settings(project_vars, tuple(then["features"]))
    # Earlier versions stored entries without source and cap, which were fixed then.
    for name, entry in then["features"].items():
        if "source" not in entry and name in now["features"]:
            declared = now["features"][name]
            now["features"][name] = {key: declared.get(key) for key in entry}
    return changed_meanings(then, now, "the var features", ignored=OF_THE_MODEL)


def columns_read(then: Mapping[str, Any] | None, features: Sequence[str]) -> list[str]:
    """Return the columns of the panel that a run reads.

    Parameters
    ----------
    then : mapping or None
        As from `panel_settings`; None for runs older than this record, whose features
        were columns.
    features : sequence of str
        Features of the run.
    """
    entries = {} if then is None else then["features"]
    columns: dict[str, None] = {}
    for name in features:
        entry = entries.get(name, {})
        own = entry.get("columns") or [name, *filter(None, [entry.get("of")])]
        columns |= dict.fromkeys(own)
    return list(columns)
