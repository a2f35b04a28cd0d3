// Package v1 is the REST API of version 1: what its requests mean and what its
// answers look like, one file a resource.
//
// In come HTTP requests under one of the three prefixes; out go calls of the
// services behind the interfaces Sessions, Searcher and Modeler, and their
// results as JSON. The package decides nothing about data and permissions, and
// knows neither sockets nor files: package server puts it on the network.
package v1
