"""How anything is measured: processes, results, machine, baseline. Nothing here knows what is measured."""
