"""Where AWS refuses, answers or fills in and moto does not: a file for each AWS service, a row for each difference."""
