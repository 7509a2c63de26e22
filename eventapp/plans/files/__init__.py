"""Files of plans: the proof of claims and the evidence of actions. Only ever saved, never opened, under random names."""
