"""Plans, executes and records; knows neither Karet nor AWS services."""
