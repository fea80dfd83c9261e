"""Read the configuration of a study, `study.toml`, and keep it frozen."""
