"""A fire drill in the real account: asked for explicitly, harmless, leaving nothing behind."""
