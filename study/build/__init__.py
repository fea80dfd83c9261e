"""Make a study from pictures and methods: the only folder of `study` that runs the methods of `model`."""
