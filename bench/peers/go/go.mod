module heirloom.example/peer

go 1.24
