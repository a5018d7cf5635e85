package broker

// Tune gives tests the socket options of a Consumer's connection.
var Tune = tune
