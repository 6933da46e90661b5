"""Public conformance kits: what a search method, an executor, ... must do to be one."""
