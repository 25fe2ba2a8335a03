"""评测: how this system was measured."""
