"""Ways out of the house. Each hands over one mail and says exactly what is known of it afterwards."""
