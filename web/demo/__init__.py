"""The demo world: its accounts, its orders, and one walk through the whole chain. Nothing of it is needed elsewhere."""
