"""Pure functions from a captured page to observations: no clock, no network, no asset. Each says where it read what."""
