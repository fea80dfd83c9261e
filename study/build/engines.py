"""Give the command line the engines on which studies are made."""

from model.bulk.run import Engine, add_engine_options, engine_of

__all__ = ["Engine", "add_engine_options", "engine_of"]
