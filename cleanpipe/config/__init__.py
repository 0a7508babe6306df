"""The config file: its schema, and loading it with errors that say where the mistake stands."""
