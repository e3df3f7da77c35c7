"""The directive `from-code NAME`: tables and lists that are made from the code, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import facts_command_line
import facts_costs
import facts_files
import facts_methods
import facts_tables
import facts_theorems
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

WRITERS: Mapping[str, Callable[[], str]] = {
    "modes": facts_tables.modes,
    "derived": facts_tables.derived,
    "defaults": facts_tables.default_values,
    "statuses": facts_tables.statuses,
    "engines": facts_tables.engines,
    "engine-options": facts_tables.engine_options,
    "methods": facts_methods.overview,
    "methods-in-full": facts_methods.in_full,
    "commands": facts_command_line.overview,
    "commands-in-full": facts_command_line.in_full,
    "theorem-table": facts_theorems.table,
    "study-file-top": facts_files.study_file_top,
    "study-file-targets": facts_files.study_file_targets,
    "study-file-helpers": facts_files.study_file_helpers,
    "study-file-noise": facts_files.study_file_noise,
    "study-file-axes": facts_files.study_file_axes,
    "study-file-examples": facts_files.study_file_examples,
    "study-schema": facts_files.study_schema,
    "study-columns": facts_files.study_columns,
    "export-formats": facts_files.export_formats,
    "counterexample": facts_files.counterexample,
    "costs": facts_costs.costs,
    "costs-missed": facts_costs.missed,
    "costs-unmeasured": facts_costs.unmeasured,
    "data-formats": facts_files.data_formats,
}


class FromCode(SphinxDirective):
    """The Markdown that one of the writers returns, in its place."""

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if name not in WRITERS:
            raise self.error(f"from-code {name}: there is {', '.join(WRITERS)}")
        return self.parse_text_to_nodes(WRITERS[name](), allow_section_headings=True)


def setup(app: Any) -> dict[str, Any]:
    app.add_directive("from-code", FromCode)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
