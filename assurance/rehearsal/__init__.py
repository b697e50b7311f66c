"""The rehearsal: a stack deployed on an emulated AWS, checked, probed, and shown real events."""
