"""What a case says of the dossiers in it."""

from toancanh.cases import standing
from toancanh.domains.dossiers import deadlines
from toancanh.domains.dossiers.records import DOSSIER

standing.register(DOSSIER.name, deadlines.describe)
