"""What the register must know of a model, and how a new model registers its runs.

The register (schema `register`) holds the runs of every model: which run is the
champion, earlier champions, and the keys, names and lineage of segments. A segment is
what a model divides its members into: states of user-weeks, clusters of customers,
personas of conversations. A model without segments, such as a propensity, has runs and
a champion only. There is one code for all of them: `promotion.promote`, `rollback` and
`prune`.

A new model needs

1. tables of its own, in a schema of its own, created by a hook of dbt that runs after
   `migrate_hmm_tables`. Each has `run_id text not null references register.runs
   (run_id) on delete cascade`, so that `prune` deletes them. They are a source in dbt
   with `meta: {written_by: …}`, so that the role of fitters may write them. If the
   model has segments, one table says which member is in which segment, and one may have
   mean and variance of each feature in each segment, in scaled units. A member keeps
   its id in other runs: a user and week, a customer_id, or a conversation_key;
2. a function that returns its `RegisteredModel`, and a line in `all_models.py`;
3. a fit that writes its rows and promotes the run, in one transaction::

       model = registered_model(project, "customer_segments")
       store = RunStore(project.connection_uri, model)
       store.check()
       with project.only_writer("fit"):
           ...
           run_id = new_run_id(n_segments)
           store.write(
               run_id,
               {
                   "runs": [run_row(...)],
                   "segments": [segment_row(...), ...],
                   "feature_scaling": [...],        # one row per feature
                   "centres": [...],                # and each table in `model.tables`
               },
               {},
               require_unchanged,
               lambda connection: promote(
                   connection, RunRegister(model), run_id, force=force
               ),
           )

   Rows are mappings from column to value, without `run_id` and `model`; of the tables
   of the register they need only the columns that the model has. `run_row`,
   `segment_row` and `new_run_id` are in `register_rows.py`. `promote` refuses a run
   with defects without `force`, and a run whose features have changed their meaning
   even then. At the first promotion it mints or hands down the keys of segments, names
   them, and writes the lineage;
4. staging models that read `register.champions` with its `model`, and join their own
   tables by `run_id`.

`scripts/runs.py --model NAME` then lists, shows, promotes, rolls back and prunes its
runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from user_states.runs.stored_runs import StoredRun
from user_states.runs.table_writer import SchemaTables
from user_states.warehouse.connection import Connection


@dataclass(frozen=True)
class Members:
    """The table that says which member is in which segment of a run.

    Attributes
    ----------
    table : str
        Quoted name. It has a column run_id.
    segment : str
        Its column with the number of the segment.
    keys : tuple of str
        Its columns that say which member it is, the same in every run.
    """

    table: str
    segment: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Profiles:
    """The table with the distribution of each feature in each segment of a run.

    Attributes
    ----------
    table : str
        Quoted name. Its columns are run_id, feature, mean and variance, in the units
        of register.feature_scaling.
    segment : str
        Its column with the number of the segment.
    part : str, optional
        Its column that numbers several means of a feature.
    """

    table: str
    segment: str
    part: str | None = None


@dataclass(frozen=True)
class Labels:
    """The seed with names that people gave to segments.

    Attributes
    ----------
    seed : str
        Its name in dbt.
    table : str
        Its quoted name in the warehouse.
    key, name : str
        Its columns with the segment's key and with its name.
    """

    seed: str
    table: str
    key: str
    name: str


@dataclass(frozen=True)
class RegisteredModel:
    """A model whose runs are in the register.

    Attributes
    ----------
    name : str
        As in the columns `model`: user_states, customer_segments, propensity:purchase.
    noun : str
        What people call a segment of it: "state".
    register : SchemaTables
        Tables of the schema `register`.
    own : SchemaTables
        Tables of the model's own schema.
    versions : SchemaTables
        Tables of the schema `hmm`, which has the version of the register.
    tables : tuple of str
        Tables of `own` that a run writes, in the order of writing.
    streams : tuple of str
        Those with so many rows that they are written as streams.
    changed_features : callable
        Takes a connection and a StoredRun. Returns a text for each feature that no
        longer means what it meant when the run was fitted, in the form "default of
        n_rides was 0 and is 1".
    members : Members or None
        None if the model has no segments.
    profiles : Profiles or None
        None if segments are recognised by shared members only.
    labels : Labels or None
    min_overlap : float
        Share of members in both of two segments, out of those in either (Jaccard
        index), from which the new segment takes over the key of the other.
    publishes : callable
        Takes a connection and a run's id. Returns whether the run has anything that
        could be published.
    described : callable
        Takes a connection and a run's id. Returns what only this model says of a run,
        as lines for `show`.
    """

    name: str
    noun: str
    register: SchemaTables
    own: SchemaTables
    versions: SchemaTables
    tables: tuple[str, ...]
    streams: tuple[str, ...]
    changed_features: Callable[[Connection, StoredRun], list[str]]
    members: Members | None = None
    profiles: Profiles | None = None
    labels: Labels | None = None
    min_overlap: float = 0.5
    publishes: Callable[[Connection, str], bool] = lambda connection, run_id: True
    described: Callable[[Connection, str], list[str]] = lambda connection, run_id: []
