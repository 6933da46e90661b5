"""From targets or orders to equity and trades: the one definition of what a strategy earns."""
