"""The network with a ridge highway: its sizes, what is chosen for a panel, the layers and the fit."""
