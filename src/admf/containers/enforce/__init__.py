"""What holds a process to its limits on Linux: control groups, rlimits, namespaces, landlock; mechanism only."""
