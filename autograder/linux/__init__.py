"""What the kernel offers, one module a facility: control groups, Landlock, seccomp, huge pages."""
