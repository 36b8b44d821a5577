"""All statements of known truth."""

from __future__ import annotations

from tests.never_wrong.flows import FLOWS
from tests.never_wrong.formulas import NUMBERS
from tests.never_wrong.gated import GATED
from tests.never_wrong.known import Known
from tests.never_wrong.networks import NETWORKS
from tests.never_wrong.random_cells import drawn
from tests.never_wrong.small import SMALL

STATEMENTS: tuple[Known, ...] = (*GATED, *FLOWS, *SMALL, *NETWORKS, *NUMBERS, *drawn(2))
