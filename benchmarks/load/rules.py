"""Twenty rules for the main job: those of rules/card_fraud, with other bounds."""

from __future__ import annotations

import json
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "rules" / "card_fraud"

# Of each rule the part that is changed, and what it becomes.
VARIANTS = {
    "card-testing": ("euros > 500", "euros > {}", (300, 350, 400, 450, 500, 550)),
    "impossible-travel": ("kmh > 900", "kmh > {}", (900,)),
    "spending-burst": ("4 * average_eur", "{} * average_eur", (2.5, 3, 3.5, 4, 4.5, 5, 5.5)),
    "terminal-misuse": ("4 * average_eur", "{} * average_eur", (3, 3.5, 4, 4.5, 5, 5.5)),
}


def write_rules(folder: Path) -> int:
    """Writes the documents, and gives how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for name, (part, changed, bounds) in VARIANTS.items():
        document = YAML(typ="safe").load(RULES / f"{name}.yaml")
        del document["tests"]
        for number, bound in enumerate(bounds, 1):
            steps = json.dumps(document["steps"])
            if part not in steps:
                raise ValueError(f"{name}: `{part}` is in no step")
            variant = document | {
                "id": f"{name}-{number}",
                "steps": json.loads(steps.replace(part, changed.format(bound))),
            }
            (folder / f"{name}-{number}.json").write_text(json.dumps(variant, indent=2) + "\n")
            written += 1
    return written
