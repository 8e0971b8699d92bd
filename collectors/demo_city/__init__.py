"""A small city on the loopback interface whose true state is declared in city.yaml: to try hege on, and to test it by.

Every name in it is invented. The pages are modelled on the structures that content systems of government sites have;
none is copied.
"""
