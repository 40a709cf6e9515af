"""责任田 Zerentian: a town supervises household-waste sorting, with every point explained."""
