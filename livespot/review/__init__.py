"""Review of a recording without a window: ground truth, analysis, decisions, export. Nothing of Qt is imported."""
