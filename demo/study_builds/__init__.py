"""Make studies in the browser: files and settings of a build, its checks, and the process that makes it."""
