"""Search methods: they propose parameter sets and are told what became of them; they know no finance."""
